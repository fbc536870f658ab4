// Time beside a table. A session counts milliseconds since it was opened here, by the counter of the page, which no
// correction of the wall clock moves. Nothing is counted up second by second: every duration is the difference of two
// stamps, so a throttled tab or a dark screen loses none. The counter of the page begins anew with each page, and may
// stand still while the device sleeps; that gap is taken from the clock on the wall, and never backwards.
//
// A gap is taken only while hands may have gone on in it. Nobody works longer in the dark than a step lasts, and the
// longest that the content plans has thirteen minutes; after more than a quarter of an hour the battery was empty, the
// tablet lay in a drawer, or its clock was put right meanwhile. Then the count stands where it stood until somebody is
// there again, and says so.

const NAP = 1000;
/** Milliseconds of a gap that the count takes from the wall. */
const LONGEST_GAP = 15 * 60000;

/** A count that goes on from `last`: {tick, wall} as last stored, or null for a session that begins now. */
export class Ticks {
  /**
   * `resumed` is what was taken from the wall at the beginning. `dark` {from, to, tick} is the gap that was too long for
   * that, from and to on the wall, and where the count stands since.
   */
  constructor(last, wall = Date.now, counter = () => performance.now()) {
    [this.wall, this.counter, this.resumed, this.hidden, this.dark] = [wall, counter, 0, null, null];
    this.base = (last ? last.tick : 0) - counter();
    if (last) {
      this.resumed = this.add(Math.max(0, wall() - last.wall), last.wall);
    }
  }

  /** Adds a gap that began at `from` on the wall, if it may count; the milliseconds that do. */
  add(gap, from) {
    if (gap > LONGEST_GAP) {
      this.dark = { from, tick: this.now(), ...this.dark, to: this.wall() };
      return 0;
    }
    this.base += gap;
    return gap;
  }

  /** Somebody is there again: the count goes on from where it stood. */
  goOn() {
    if (this.dark) {
      [this.base, this.dark] = [this.dark.tick - this.counter(), null];
    }
  }

  /** Whole milliseconds since the session was opened here. */
  now() {
    return this.dark ? this.dark.tick : Math.max(0, Math.round(this.base + this.counter()));
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
    if (slept > NAP) {
      this.add(slept, this.hidden.wall);
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

/** A day with its month and its year. */
export const wholeDay = (day) => dayWords(day, { day: "numeric", month: "long", year: "numeric" });

/** Moments of a place, in milliseconds, as times of the day; with their days, where these are several. */
export function timesWords(zone, ...moments) {
  const found = moments.map((each) => localTime(each, zone)).map((each) => [each.slice(0, 10), each.slice(11, 16)]);
  const oneDay = new Set(found.map(([day]) => day)).size === 1;
  return found.map(([day, time]) => (oneDay ? time : `${dayWords(day, { day: "numeric", month: "long" })}, ${time}`));
}

/** Milliseconds between two local times without zone. */
export const between = (earlier, later) => Date.parse(`${later}Z`) - Date.parse(`${earlier}Z`);

const two = (number) => String(number).padStart(2, "0");

/** Seconds as digits: 4:05, and +0:12 where the time is up. */
export function digits(seconds) {
  const whole = Math.abs(seconds);
  return `${seconds < 0 ? "+" : ""}${Math.floor(whole / 60)}:${two(whole % 60)}`;
}
