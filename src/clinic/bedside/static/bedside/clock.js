// Time beside a table. A session counts milliseconds since it was opened here, by the counter of the page, which no
// correction of the wall clock moves. Nothing is counted up second by second: every duration is the difference of two
// stamps, so a throttled tab or a dark screen loses none. The counter of the page begins anew with each page, and may
// stand still while the device sleeps; that gap is taken from the clock on the wall, and never backwards.

const NAP = 1000;
/** Milliseconds by which the wall may run ahead of the counter, across a dark screen, before the device has slept. */
const LONGEST_SLEEP = 86400000;

/** A count that goes on from `last`: {tick, wall} as last stored, or null for a session that begins now. */
export class Ticks {
  constructor(last, wall = Date.now, counter = () => performance.now()) {
    [this.wall, this.counter] = [wall, counter];
    const asleep = last ? Math.min(Math.max(0, wall() - last.wall), LONGEST_SLEEP) : 0;
    this.base = (last ? last.tick : 0) + asleep - counter();
    this.resumed = asleep;
    this.hidden = null;
  }

  /** Whole milliseconds since the session was opened here. */
  now() {
    return Math.max(0, Math.round(this.base + this.counter()));
  }

  stamp() {
    return { tick: this.now(), wall: this.wall() };
  }

  /** The screen goes dark. */
  darken() {
    this.hidden = this.stamp();
  }

  /** The screen comes back: what the counter slept through is added. */
  lighten() {
    const slept = this.hidden ? this.wall() - this.hidden.wall - (this.now() - this.hidden.tick) : 0;
    if (slept > NAP && slept < LONGEST_SLEEP) {
      this.base += slept;
    }
    this.hidden = null;
  }
}

const FIELDS = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };

/** The clock on the wall of a place as a local time without zone, to the second. */
export function localTime(milliseconds, zone) {
  const shown = new Intl.DateTimeFormat("en-GB", { ...FIELDS, hourCycle: "h23", calendar: "gregory", timeZone: zone });
  const part = Object.fromEntries(shown.formatToParts(milliseconds).map(({ type, value }) => [type, value]));
  return `${part.year.padStart(4, "0")}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}`;
}

/** A day (2026-11-22) in words of the page's language, with the parts that are asked for. The house writes the day first. */
export function dayWords(day, parts) {
  const language = document.documentElement.lang;
  const words = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { ...parts, timeZone: "UTC" });
  return words.format(new Date(`${day}T00:00:00Z`));
}

/** Milliseconds between two local times without zone. */
export const between = (earlier, later) => Date.parse(`${later}Z`) - Date.parse(`${earlier}Z`);

const two = (number) => String(number).padStart(2, "0");

/** Seconds as digits: 4:05, and +0:12 where the time is up. */
export function digits(seconds) {
  const whole = Math.abs(seconds);
  return `${seconds < 0 ? "+" : ""}${Math.floor(whole / 60)}:${two(whole % 60)}`;
}
