// One session at the table: every touch of a button becomes an event, which is kept before the screen changes.

import { Ticks, localTime, timesWords } from "./clock.js";
import { corrected, decideAgain, told } from "./decide.js";
import { t } from "./dom.js";
import { canonicalJson, newIdentity, sha256 } from "./events.js";
import { whyNot } from "./guard.js";
import { sealed } from "./keys.js";
import { Ground, fold, follow, timed } from "./record.js";
import { LONGEST_STEP, nextMoment, runningPart, wholeSeconds } from "./seen.js";

const BEAT = 5000;

export class Session {
  /** `visit` is a session of the pack; `clinic` has the zone; `offset` is this clock minus the server's. */
  constructor({ store, visit, content, device, clinic, seal, offset, kept }) {
    Object.assign(this, { store, visit, content, device, clinic, seal, offset, kept });
    this.name = visit.session || visit.visit.public;
    this.standing = null;
    this.queue = Promise.resolve();
  }

  /** Reads what was kept of the session, and goes on counting where it stood. */
  async load() {
    this.events = await this.store.events(this.name, this.device);
    const names = this.events.map(({ data }) => data.script).filter(Boolean);
    const scripts = await Promise.all([...new Set(names)].map(async (name) => [name, await this.store.carried(`script ${name}`)]));
    this.ground = new Ground(this.content.vocabulary, Object.fromEntries(scripts.filter(([, script]) => script)));
    this.record = fold(this.events, this.ground, this.name, this.device);
    const beat = await this.store.meta("beat");
    const last = this.events[this.events.length - 1];
    const later = beat && last && beat.session === this.name && beat.tick >= last.tick ? beat : last;
    this.ticks = last ? new Ticks(later) : null;
    return this;
  }

  get over() {
    return this.record.status === "closed";
  }

  /** The record as it stands at this moment: the running step with the time that has passed since the last event. */
  get now() {
    return timed(this.record, Math.max(this.record.tick, this.ticks ? this.ticks.now() : 0));
  }

  /**
   * The gap {from, to} on the wall in which a step ran and nobody can say what was done. It is not counted, and the step
   * is held before anything else is written.
   */
  get dark() {
    return runningPart(this.record) && this.record.status === "running" ? this.ticks.dark : null;
  }

  get darkWords() {
    const [from, to] = timesWords(this.clinic.zone, this.dark.from, this.dark.to);
    return t("was_dark", { from, to });
  }

  /** Keeps the count on the disk, for the case that the page dies. After a gap it is where the gap began. */
  beat() {
    if (this.ticks && this.record.status === "running" && !this.dark) {
      const { tick, wall } = this.ticks.stamp();
      this.store.setMeta({ beat: { session: this.name, tick, wall } }).catch(() => null);
    }
  }

  startBeating() {
    this.beating = setInterval(() => this.beat(), BEAT);
  }

  stopBeating() {
    clearInterval(this.beating);
  }

  /**
   * Writes events, all or none, each {kind, data} or a function that makes one of what came before: null for none, false
   * where all of it has become pointless. Nothing is written that may not follow, as after a second tap on the same
   * button: then it is false, and the record is as it was.
   */
  tell(...wanted) {
    const work = this.queue.then(() => this.write(wanted));
    this.queue = work.catch(() => null);
    return work;
  }

  async write(wanted) {
    this.ticks = this.ticks || new Ticks(null);
    const { tick, wall } = this.ticks.stamp();
    const stamp = { tick: Math.max(tick, this.record.tick), at: localTime(wall, this.clinic.zone) };
    const draft = { record: this.record, rows: [], scripts: {}, ...stamp };
    const held = this.dark && { kind: "held", data: { words: this.darkWords } };
    for (const each of [held, ...wanted].filter(Boolean)) {
      const made = typeof each === "function" ? await each(draft) : each;
      if (made === false || (made && !(await this.add(draft, made, wall)))) {
        return false;
      }
    }
    await Promise.all(draft.rows.map(async (row) => { row.sealed = await sealed(this.seal, row.text, row.event.id); }));
    await this.store.append(draft.rows, draft.scripts);
    this.events = [...this.events, ...draft.rows.map(({ event, hash }) => ({ ...event, hash }))];
    this.record = draft.record;
    this.ticks.goOn();
    this.kept();
    return true;
  }

  async add(draft, { kind, data }, wall) {
    const seq = this.events.length + draft.rows.length + 1;
    const { at, tick } = draft;
    const event = { id: newIdentity(), session: this.name, device: this.device, seq, at, tick, kind, data };
    if (whyNot(draft.record, event).length) {
      return false;
    }
    const text = canonicalJson(event);
    const hash = await sha256(text);
    draft.record = follow(draft.record, { ...event, hash });
    draft.rows.push({ event, text, hash, wall });
    return true;
  }

  // ---- deciding

  on(at) {
    return corrected(at, this.offset());
  }

  /** What a decision made now would say, without writing anything. */
  async look(more = []) {
    const at = localTime(Date.now(), this.clinic.zone);
    const facts = told([...this.events, ...more.map((data) => ({ kind: "fact", at, data }))], (time) => this.on(time));
    return decideAgain({ content: this.content, visit: this.visit, record: this.record, facts, on: this.on(at) });
  }

  /**
   * Makes the event of a decision, of everything told so far. Where the answers contradict each other there is none, and
   * the step that runs is held: nobody knows whether it may go on.
   */
  get decides() {
    return async (draft) => {
      const events = [...this.events, ...draft.rows.map(({ event }) => event)];
      const facts = told(events, (time) => this.on(time));
      const of = { content: this.content, visit: this.visit, record: draft.record, facts, on: this.on(draft.at) };
      const found = await decideAgain(of);
      this.standing = found.standing;
      this.teach(draft, found.name, found.script);
      const stands = draft.record.status === "running" ? { kind: "held", data: { words: "" } } : null;
      return found.data ? { kind: "decided", data: found.data } : stands;
    };
  }

  /** A script becomes known here, and is kept with the event that names it. */
  teach(draft, name, script) {
    if (script && !this.ground.script(name)) {
      this.ground.scripts[name] = script;
      draft.scripts[name] = script;
    }
  }

  // ---- events that depend on what came before

  opens(script, name) {
    return (draft) => {
      this.teach(draft, name, script);
      const { plan, number } = this.visit;
      return { kind: "opened", data: { script: name, content: this.content.hash, plan, dose: script.dose, number } };
    };
  }

  /** The next moment of the script begins, if one is left and none runs. */
  get beginsNext() {
    return ({ record }) => {
      const moment = nextMoment(record);
      return moment === null || record.running !== null || record.status !== "running" ? null : { kind: "step_began", data: { moment } };
    };
  }

  // ---- what ends a moment is said of the one for which the button was drawn, by its place among all parts: the second
  // of two taps comes when the next one runs already, and must not end that one as well

  stepDone(place) {
    return ({ record, tick }) => {
      const { milliseconds } = timed(record, tick).parts[place];
      return record.running === place && { kind: "step_done", data: { seconds: Math.min(LONGEST_STEP, wholeSeconds(milliseconds)) } };
    };
  }

  turned(place, helped) {
    return ({ record }) => record.running === place && { kind: "turned", data: { helped } };
  }
}
