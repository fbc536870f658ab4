// What a new decision changes in a session, said in short: what is gone, what is lighter, what is done differently.

import { t } from "./dom.js";
import { regionWords } from "./bodymap.js";
import { factEvent } from "./questions.js";
import { decisionReasons } from "./reasons.js";
import { settled } from "./seen.js";

/**
 * Writes answers [[name, answer]] and the decision in one. Once the treatment has begun, the page says what is different
 * from now on, measured by the last decision that could be made: answers that contradict each other are no decision.
 */
export function learn(app, answers) {
  const { session } = app;
  const { content, standing } = session;
  session.known = standing && !standing.error ? decisionReasons(standing) : session.known || [];
  const detail = (before) => (before.begun && !session.standing.error ? { changed: changes(session, before) } : {});
  return app.telling(detail, ...answers.map(([name, answer]) => factEvent(content, name, answer)), session.decides);
}

/** What is different from now on: the verdict where nothing is left, else what changed in the rest, and why. */
function changes({ standing, record, content, known }, before) {
  const why = decisionReasons(standing).filter((reason) => !known.includes(reason));
  const left = { moments: before.parts.slice(before.first).filter((part) => !settled(part)).map(remaining) };
  const lines = record.script === before.script ? [] : changeLines(content, left, record.ground.script(record.script));
  return lines.length + why.length ? [...why, ...lines] : [t("nothing_changes")];
}

const remaining = ({ moment, milliseconds }) => ({ ...moment, seconds: Math.max(0, moment.seconds - Math.round(milliseconds / 1000)) });

const total = (moments) => moments.reduce((sum, { seconds }) => sum + seconds, 0);

/** The lines that tell two scripts apart; `before` are moments that were still to be done. */
export function changeLines(content, before, after) {
  const lines = [];
  const steps = (script) => script.moments.filter(({ kind }) => kind === "step");
  const later = new Map();
  steps(after).forEach((moment) => later.set(moment.step, [...(later.get(moment.step) || []), moment]));
  const seen = new Set();
  for (const moment of steps(before).filter(({ step }) => !seen.has(step) && seen.add(step))) {
    const now = later.get(moment.step);
    lines.push(...(now ? stepLines(content, steps(before).filter(({ step }) => step === moment.step), now) : [t("change_gone", { step: moment.title })]));
  }
  const [had, has] = [Math.round(total(before.moments) / 60), Math.round(total(after.moments) / 60)];
  return had === has ? lines : [t("change_minutes", { before: had, after: has }), ...lines];
}

function stepLines(content, before, now) {
  const { title } = now[0];
  const [old, fresh] = [touchesOf(before), touchesOf(now)];
  const gone = [...old.keys()].filter((region) => !fresh.has(region));
  const kept = [...old.keys()].filter((region) => fresh.has(region));
  const lighter = kept.filter((region) => fresh.get(region).level < old.get(region).level);
  const other = kept.filter((region) => fresh.get(region).technique !== old.get(region).technique);
  const { techniques, positions, levels } = content.vocabulary;
  const level = lighter.length && Math.min(...lighter.map((region) => fresh.get(region).level));
  return [
    gone.length > 0 && t("change_region", { step: title, regions: regionWords(content.vocabulary, gone).join(", ") }),
    lighter.length > 0 && t("change_level", { step: title, level, word: levels[level].term }),
    other.length > 0 && t("change_technique", { step: title, technique: techniques[fresh.get(other[0]).technique].term }),
    before[0].position !== now[0].position && t("change_position", { step: title, position: positions[now[0].position].term }),
  ].filter(Boolean);
}

const touchesOf = (moments) =>
  new Map(moments.flatMap(({ touches }) => touches.map(([region, technique, level]) => [region, { technique, level }])));
