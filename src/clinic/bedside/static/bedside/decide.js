// Deciding at the table, by the generated content module alone. Nothing clinical stands in this file: it hands the
// module the answers, and says the outcome as an event.

import { scriptHash } from "./events.js";
import { between } from "./clock.js";
import { delivered, lastDecision, wholeSeconds } from "./seen.js";

/** The verdicts under which one may go on, as the events have it (session/kinds.py, Decided). */
const TREATING = ["go", "modified"];
const modules = new Map();

/** The content module of this hash in the language and of the build of a pack. Rejects one of another hash. */
export async function contentModule(hash, { language, build }) {
  const url = `/table/content/${hash}/${language}.js?v=${build}`;
  if (!modules.has(url)) {
    const found = await import(url);
    if (found.hash !== hash) {
      throw new Error("another content");
    }
    modules.set(url, found);
  }
  return modules.get(url);
}

/** The answers that count: those that were carried, overwritten by what was told in this session. */
export function answersNow(visit, facts) {
  const [answers, contradictions] = [{ ...visit.answers }, { ...visit.contradictions }];
  for (const { name, answer, origin, on } of facts) {
    delete contradictions[name];
    delete answers[name];
    if (answer !== null) {
      answers[name] = { value: answer, on, origin };
    }
  }
  return { answers, contradictions };
}

/** What was told in this session, each with the time of the clinic at which it was told. */
export const told = (events, corrected) =>
  events.filter(({ kind }) => kind === "fact").map(({ at, data }) => ({ ...data, on: corrected(at) }));

export function standingOf(content, visit, facts, on) {
  return content.standing({ ...answersNow(visit, facts), on, aside: visit.aside });
}

/** The script of the whole session under a standing; null where there is none. */
export function wholeScript(content, visit, standing) {
  if (standing.error) {
    return null;
  }
  const { regimen, number: session, last } = visit;
  const found = content.script({ standing, regimen, session, last });
  return found.refused || found.locked ? null : found;
}

/** The script if everything that was ever said still held now: what a session is opened by. */
export function openingScript(content, visit, on) {
  if (visit.script) {
    return visit.script;
  }
  const fresh = Object.entries(visit.answers).map(([name, answer]) => [name, { ...answer, on }]);
  return wholeScript(content, visit, content.standing({ answers: Object.fromEntries(fresh), on, aside: visit.aside }));
}

/**
 * Decides again: {standing, script, name, data}. `script` is what to follow from now on, null where nothing may be
 * done; `name` its hash; `data` the event, null where the answers contradict each other.
 */
export async function decideAgain({ content, visit, record, facts, on }) {
  const standing = standingOf(content, visit, facts, on);
  const script = standing.error ? null : scriptFor(content, visit, record, standing);
  const name = script ? await scriptHash(script) : "";
  if (standing.error) {
    return { standing, script, name, data: null };
  }
  const data = { ...standing.words, content: content.hash, verdict: standing.verdict, script: name };
  return { standing, script, name, data };
}

function scriptFor(content, visit, record, standing) {
  if (!TREATING.includes(standing.verdict)) {
    return null;
  }
  if (!record.begun) {
    return wholeScript(content, visit, standing);
  }
  const before = lastDecision(record);
  if (before && before.script && before.possible === standing.words.possible) {
    return record.ground.script(record.script);
  }
  const found = content.rest(record.ground.script(record.parts[0].script), standing, soFar(record));
  return found.stop || found.refused ? null : found;
}

/** What a record says of the session so far, as the content module's `rest` asks for it. */
export function soFar(record) {
  const done = {};
  for (const { moment, milliseconds } of record.parts) {
    const seconds = evenly(wholeSeconds(milliseconds), moment.touches.length);
    moment.touches.forEach(([region], number) => {
      const regions = (done[moment.step] = done[moment.step] || {});
      regions[region] = (regions[region] || 0) + seconds[number];
    });
  }
  const over = record.parts.filter(({ state }) => state === "done" || state === "skipped");
  const finished = over.flatMap(({ moment }) => moment.touches.map(([region]) => [moment.step, region]));
  return { done, elapsed: delivered(record), finished, posture: record.lies };
}

const evenly = (seconds, count) =>
  Array.from({ length: count }, (_, at) => Math.floor((seconds * (at + 1)) / count) - Math.floor((seconds * at) / count));

/** Milliseconds beyond which a clock that is wrong is corrected before anything is decided by it. */
const SKEW = 300000;

/** The time of the clinic for a time that this tablet claims: `offset` is its clock minus the server's. */
export function corrected(at, offset) {
  if (Math.abs(offset) <= SKEW) {
    return at;
  }
  return new Date(between("1970-01-01T00:00:00", at) - offset).toISOString().slice(0, 19);
}

export const skewed = (offset) => Math.abs(offset) > SKEW;
