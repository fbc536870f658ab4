// The record of a session on this tablet, read off its events (translates session/record.py and session/fold.py).
//
// The fold is total: an event that is not in its place counts as far as it says anything, and is named as irregular.

import { whyNot } from "./guard.js";
import { UNDER_WAY, settled } from "./seen.js";

const BAD_NEWS = ["fact", "stopped", "reaction"];

/** What the scripts and the content are to the record: `scripts` by hash, and whether a stop is alarming. */
export class Ground {
  constructor(vocabulary, scripts = {}) {
    [this.vocabulary, this.scripts] = [vocabulary, scripts];
  }

  script(name) {
    return this.scripts[name] || null;
  }

  /** The fact that this check puts in question where it is not in order; null where the content names none. */
  doubts(check) {
    return (this.vocabulary.checks[check] || {}).fact || null;
  }

  /** Whether the content calls this stop alarming; null where it does not know it. */
  alarmingStop(name) {
    const rule = this.vocabulary.stop_rules[name];
    return rule ? rule.alarming === "yes" : null;
  }
}

const LISTS = ["parts", "measures", "checks", "comfort", "facts", "decisions", "refusals", "stops", "reactions", "irregular"];

export function emptyRecord(ground, session, device) {
  const lists = Object.fromEntries([...LISTS, "unknown", "hashes", "doubted"].map((name) => [name, []]));
  const none = { opened: null, identified: null, running: null, back: null, lies: null };
  const start = { status: "empty", begun: false, script: "", first: 0, tick: 0, undecided: true };
  return { ground, session, device, ...lists, ...none, ...start };
}

/** The record of these events, which are in the order of this tablet, each with its `hash`. */
export const fold = (events, ground, session, device) => events.reduce(follow, emptyRecord(ground, session, device));

/** The record after one more event. */
export function follow(record, event) {
  const reasons = whyNot(record, event);
  const moved = { ...timed(record, event.tick), hashes: [...record.hashes, event.hash] };
  if (reasons.length) {
    moved.irregular = [...record.irregular, { event: event.id, reasons }];
  }
  const mute = reasons.includes("closed") && !BAD_NEWS.includes(event.kind);
  return reasons.includes("opened_twice") || mute ? moved : STEPS[event.kind](moved, event.data, event);
}

/** The clock moved on: the time since the last event belongs to the step that runs, unless it is held. */
export function timed(record, tick) {
  const moved = { ...record, tick };
  if (record.running === null || record.status !== "running") {
    return moved;
  }
  const passed = Math.max(0, tick - record.tick);
  return withPart(moved, record.running, { milliseconds: record.parts[record.running].milliseconds + passed });
}

const withPart = (record, place, changed) => ({
  ...record,
  parts: record.parts.map((part, at) => (at === place ? { ...part, ...changed } : part)),
});

const added = (record, name, value) => ({ ...record, [name]: [...record[name], value] });

/** The record with no step running: the one that ran stays as far as it came. */
function left(record) {
  return record.running === null ? record : { ...withPart(record, record.running, { state: "partial" }), running: null };
}

/** The record with this script to follow from now on; what the one before still had to give is replaced. */
function following(record, name) {
  const script = record.ground.script(name);
  const unknown = script || record.unknown.includes(name) ? record.unknown : [...record.unknown, name];
  const replaced = (part) => (settled(part) ? part : { ...part, state: "replaced" });
  const kept = record.begun ? left(record).parts.map(replaced) : [];
  const fresh = (moment, index) =>
    ({ script: name, index, moment, state: "waiting", milliseconds: 0, helped: null, reason: "", words: "" });
  const parts = [...kept, ...(script ? script.moments.map(fresh) : [])];
  return { ...record, script: name, unknown, running: null, back: null, parts, first: kept.length };
}

function place(record, moment) {
  const found = record.first + moment;
  return found < record.parts.length ? found : null;
}

function ended(record, more = {}) {
  return record.running === null ? record : { ...withPart(record, record.running, { state: "done", ...more }), running: null };
}

function measured(record, data, { kind }) {
  const undecided = record.undecided || (kind === "measured" && !record.begun);
  return { ...added(record, "measures", { kind, ...data }), undecided };
}

/** What was answered earlier says nothing any more of a fact that the check has put in question. */
function checked(record, data) {
  const fact = data.ok ? null : record.ground.doubts(data.check);
  const doubted = fact && !record.doubted.includes(fact) ? [...record.doubted, fact] : record.doubted;
  return { ...added(record, "checks", data), undecided: record.undecided || !data.ok, doubted };
}

function learned(record, data) {
  const doubted = record.doubted.filter((name) => name !== data.name);
  return { ...added(record, "facts", data), undecided: true, doubted };
}

function decided(record, data) {
  const found = { ...added(record, "decisions", data), undecided: false };
  if (data.script && data.script !== record.script) {
    return following(found, data.script);
  }
  return !data.script && record.status === "running" ? { ...left(found), status: "held" } : found;
}

function stepBegan(record, { moment }) {
  const at = place(record, moment);
  if (at === null) {
    return record;
  }
  const { moment: begun } = record.parts[at];
  const running = withPart(left(record), at, { state: "running" });
  const lies = begun.kind === "turn" ? record.lies : posture(begun);
  return { ...running, running: at, back: null, lies, begun: true, status: "running" };
}

const posture = ({ position, lying }) => ({ position, lying });

/** Only now does the patient lie as the turn leads: news in the middle of it asks for the turn once more. */
function turned(record, { helped }) {
  const lies = record.running === null ? record.lies : posture(record.parts[record.running].moment);
  return { ...ended(record, { helped }), lies };
}

function stepSkipped(record, { moment, reason, words }) {
  const at = place(record, moment);
  if (at === null) {
    return record;
  }
  const running = record.running === at ? null : record.running;
  const back = record.back === moment ? null : record.back;
  return { ...withPart(record, at, { state: "skipped", reason, words }), running, back };
}

function stopped(record, { rule, words }, { seq }) {
  const stop = { rule, words, alarming: record.ground.alarmingStop(rule), seq };
  return { ...added(left(record), "stops", stop), status: record.status === "closed" ? "closed" : "stopped" };
}

const STEPS = {
  opened: (record, data) => following({ ...record, opened: data, status: "open" }, data.script),
  identified: (record, data) => ({ ...record, identified: data }),
  measured,
  after: measured,
  checked,
  fact: learned,
  decided,
  refused: (record, data) => ({ ...added(record, "refusals", data), status: record.begun ? record.status : "refused" }),
  started: (record) => ({ ...record, begun: true, status: "running" }),
  step_began: stepBegan,
  held: (record) => ({ ...record, status: record.status === "running" ? "held" : record.status }),
  resumed: (record) =>
    ({ ...record, status: record.begun && ["held", "stopped"].includes(record.status) ? "running" : record.status }),
  step_done: (record) => ended(record),
  turned,
  step_skipped: stepSkipped,
  went_back: (record, { moment }) => (place(record, moment) === null ? record : { ...left(record), back: moment }),
  comfort: (record, data) => added(record, "comfort", data),
  stopped,
  finished: (record) => (UNDER_WAY.includes(record.status) ? { ...left(record), status: "finished" } : record),
  reaction: (record, data) => added(record, "reactions", data),
  closed: (record) => ({ ...left(record), status: "closed" }),
};
