// Which event may follow on a record: a table of what can be wrong with each kind (translates session/guard.py).
// The page asks first, and so never offers what would be irregular.

import { LONGEST_STEP, OVER, UNDER_WAY, barred, checksOpen, currentParts, lastDecision, nextMoment, runningPart } from "./seen.js";

/** Milliseconds by which the page's own count of a step may differ from its ticks. */
const DRIFT = 1000;
const MOMENTS = ["step_began", "step_skipped", "went_back"];
const momentOf = ({ kind, data }) => (MOMENTS.includes(kind) ? data.moment : -1);

function outOfOrder(record, event) {
  const running = runningPart(record);
  const wanted = event.kind === "step_skipped" && running ? running.index : nextMoment(record);
  return momentOf(event) !== wanted;
}

function notEarlier(record, event) {
  const running = runningPart(record);
  const here = running ? running.index : nextMoment(record);
  return momentOf(event) >= (here === null ? currentParts(record).length : here);
}

function drifted(record, event) {
  const part = runningPart(record);
  if (!part || event.kind !== "step_done") {
    return false;
  }
  const passed = record.status === "running" ? Math.max(0, event.tick - record.tick) : 0;
  return Math.abs(event.data.seconds * 1000 - Math.min(part.milliseconds + passed, LONGEST_STEP * 1000)) > DRIFT;
}

function stepRunning(record, turn) {
  const part = runningPart(record);
  return part !== null && (part.moment.kind === "turn") === turn && record.status === "running";
}

const WRONG = {
  not_opened: (record) => record.opened === null,
  opened_twice: (record) => record.opened !== null,
  closed: (record) => record.status === "closed",
  clock_back: (record, event) => event.tick < record.tick,
  other_content: (record, event) => record.opened !== null && event.data.content !== record.opened.content,
  not_identified: (record) => record.identified === null,
  checks_open: (record) => checksOpen(record).length > 0,
  doubted: (record) => record.doubted.length > 0,
  no_decision: (record) => record.decisions.length === 0 || record.undecided,
  no_treatment: (record) => record.decisions.length > 0 && !lastDecision(record).script,
  script_unknown: (record) => record.ground.script(record.script) === null,
  begun: (record) => record.begun,
  not_begun: (record) => !record.begun,
  over: (record) => OVER.includes(record.status),
  not_over: (record) => !OVER.includes(record.status),
  barred,
  on_hold: (record) => record.status === "held",
  not_running: (record) => record.status !== "running",
  not_on_hold: (record) => !["held", "stopped"].includes(record.status),
  not_asked: (_, event) => !event.data.asked,
  step_runs: (record) => record.running !== null,
  no_step: (record) => !stepRunning(record, false),
  no_turn: (record) => !stepRunning(record, true),
  out_of_order: outOfOrder,
  not_earlier: notEarlier,
  drifted,
  steps_left: (record) => nextMoment(record) !== null || record.running !== null,
  under_way: (record) => UNDER_WAY.includes(record.status),
  checks_after_open: (record) => record.status === "finished" && checksOpen(record, "after").length > 0,
};

const ALWAYS = ["not_opened", "closed", "clock_back"];
const FAULTS = {
  opened: ["opened_twice"],
  fact: ["not_opened", "clock_back"],
  decided: [...ALWAYS, "other_content"],
  refused: [...ALWAYS, "begun"],
  started: [...ALWAYS, "begun", "over", "barred", "not_identified", "checks_open", "doubted", "no_decision", "no_treatment", "script_unknown"],
  step_began: [...ALWAYS, "not_begun", "over", "barred", "on_hold", "step_runs", "no_decision", "no_treatment", "out_of_order"],
  held: [...ALWAYS, "not_running"],
  resumed: [...ALWAYS, "not_begun", "not_on_hold", "barred", "not_asked", "no_decision", "no_treatment"],
  step_done: [...ALWAYS, "no_step", "drifted"],
  turned: [...ALWAYS, "no_turn"],
  step_skipped: [...ALWAYS, "not_begun", "over", "out_of_order"],
  went_back: [...ALWAYS, "not_begun", "over", "not_earlier"],
  comfort: [...ALWAYS, "not_begun"],
  finished: [...ALWAYS, "not_begun", "over", "steps_left"],
  after: [...ALWAYS, "not_over"],
  reaction: [...ALWAYS, "not_over"],
  closed: [...ALWAYS, "under_way", "checks_after_open"],
};

/** The faults of an event on this record, by their names; none where it may follow. */
export const whyNot = (record, event) => (FAULTS[event.kind] || ALWAYS).filter((name) => WRONG[name](record, event));

/** Whether an event of this kind may follow now. */
export const may = (record, kind, data = {}) => whyNot(record, { kind, data, tick: record.tick }).length === 0;
