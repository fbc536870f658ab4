// What was planned and not given, for the end of a session: a short reading of session/balance.py, which the note is
// written from. What was planned is the script that the session was opened with, whatever was decided since.

import { notDelivered, wholeSeconds } from "./seen.js";

/** Seconds by which a step may be shorter before anybody would mention it (session/record.py, TOLERANCE). */
const TOLERANCE = 30;

/** The moments with something missing [{part, seconds}]; what somebody left out has a reason, and stands by itself. */
export const notGiven = (record) => notDelivered(record).filter(({ part }) => part.state !== "skipped");

/** The steps that were ended by hand before their time: [{part, seconds}] with the seconds that they lasted. */
export const shorter = (record) =>
  record.parts
    .map((part) => ({ part, seconds: wholeSeconds(part.milliseconds) }))
    .filter(({ part, seconds }) => part.state === "done" && part.moment.seconds - seconds >= TOLERANCE);

const touched = ({ step, touches }) => touches.map(([region]) => `${step} ${region}`);

/**
 * What a new plan took out: [{title, regions, whole}]. A region is gone from a step where no moment that counts has it;
 * a moment that was replaced counts no more, unless it had had its time.
 */
export function takenOut(record) {
  const opened = record.begun && record.ground.script(record.opened.script);
  const had = ({ moment, milliseconds }) => milliseconds > 0 && wholeSeconds(milliseconds) > moment.seconds - TOLERANCE;
  const left = new Set(record.parts.filter((part) => part.state !== "replaced" || had(part)).flatMap(({ moment }) => touched(moment)));
  const rows = new Map();
  for (const { step, title, touches } of opened ? opened.moments : []) {
    const row = rows.get(step) || { title, regions: [], whole: true };
    const gone = touches.map(([region]) => region).filter((region) => !left.has(`${step} ${region}`));
    rows.set(step, { title, regions: [...row.regions, ...gone], whole: row.whole && gone.length === touches.length });
  }
  return [...rows.values()].filter(({ regions }) => regions.length);
}
