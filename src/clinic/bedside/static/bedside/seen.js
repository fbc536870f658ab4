// What is read off a record: what comes next, what was delivered, what is missing, what may not go on
// (translates the properties of session/record.py).

export const UNDER_WAY = ["running", "held"];
export const OVER = ["stopped", "finished", "refused", "closed"];
const SETTLED = ["done", "skipped", "replaced"];

export const settled = (part) => SETTLED.includes(part.state);
export const currentParts = (record) => record.parts.slice(record.first);

/** The moment of the present script that comes next; null where nothing is left. */
export function nextMoment(record) {
  const waiting = currentParts(record).find((part) => !settled(part));
  return record.back !== null ? record.back : waiting ? waiting.index : null;
}

export const runningPart = (record) => (record.running === null ? null : record.parts[record.running]);
export const lastDecision = (record) => record.decisions[record.decisions.length - 1] || null;
export const wholeSeconds = (milliseconds) => Math.floor((milliseconds + 500) / 1000);
export const delivered = (record) => wholeSeconds(record.parts.reduce((sum, part) => sum + part.milliseconds, 0));
/** Seconds: the most that an event may say of a step (session/kinds.py). */
export const LONGEST_STEP = 86400;
const missing = (part) => (part.state === "done" ? 0 : Math.max(0, part.moment.seconds - wholeSeconds(part.milliseconds)));

/** The moments of which something is missing that was planned, with the missing seconds. */
export const notDelivered = (record) =>
  record.parts.filter((part) => missing(part) && part.state !== "replaced").map((part) => ({ part, seconds: missing(part) }));

const GRAVITY = new Map([[true, 2], [null, 1], [false, 0]]);

/** The gravest stop, the last of equals. One touch without a reason counts only until a reason is said. */
export function stopOf(record) {
  const said = record.stops.filter(({ rule }) => rule !== "unsaid");
  const weight = (stop) => GRAVITY.get(stop.alarming) * 1e6 + stop.seq;
  return (said.length ? said : record.stops).reduce((worst, stop) => (!worst || weight(stop) > weight(worst) ? stop : worst), null);
}

/** Whether nothing but after-care may follow: after an alarming stop, and after one that nobody understands. */
export function barred(record) {
  const stop = stopOf(record);
  return stop !== null && stop.alarming !== false;
}

/** The checks that were made, by a mark, a number or a question about comfort. */
export const answeredChecks = (record) =>
  new Set([...record.measures, ...record.checks, ...record.comfort].map(({ check }) => check).filter(Boolean));

/** The checks that the script names before the first touch, or after the last, and that nobody has made yet. */
export function checksOpen(record, when = "before") {
  const [script, made] = [record.ground.script(record.script), answeredChecks(record)];
  return script ? script[when].filter((name) => !made.has(name)) : [];
}

const RECORDED = ["checks", "comfort", "facts", "decisions", "refusals", "reactions", "measures"];

/** The record as plain values, as session/canonical.py writes it: what the two are compared by. */
export function plainRecord(record) {
  const names = ["session", "device", "status", "opened", "identified", "script", "unknown", ...RECORDED];
  const plain = Object.fromEntries(names.map((name) => [name, record[name]]));
  const parts = record.parts.map(({ script, index, moment, state, milliseconds, helped, reason, words }) =>
    ({ script, index, state, planned: moment.seconds, milliseconds, helped, reason, words }));
  const stops = record.stops.map(({ rule, words, alarming, seq }) => [rule, words, alarming, seq]);
  const irregular = record.irregular.map(({ event, reasons }) => [event, reasons]);
  const line = { schema: "effleurage/record/1", missing: [], clashing: [], events: record.hashes };
  return { ...plain, ...line, parts, stops, irregular };
}
