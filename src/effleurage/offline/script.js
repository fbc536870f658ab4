// ---- script.js: the session minute by minute (translates plan/script.py).

/**
 * The dose of a session, why, and the reaction behind it (a name, or "" for none): {dose, why, reaction}. Dose 0 means
 * that the course is locked. `last` is {dose, reaction}, or null where nobody knows how the last session was borne.
 */
export function nextDose(session, last) {
  if (!last) {
    return { dose: 1, why: session === 1 ? SAYING.first : SAYING.as_first, reaction: "" };
  }
  if (!(last.dose >= 1)) {
    throw new Refusal("last dose", "A session that was given had a dose of 1 or more.");
  }
  const reaction = VOCABULARY.reactions[last.reaction];
  if (!reaction) {
    throw new Refusal("last reaction", `'${last.reaction}' is not a known reaction.`);
  }
  const before = Math.min(last.dose, Math.max(1, session - 1));
  const doses = { grow: Math.min(before + 1, session), hold: before, step_back: Math.max(1, before - 1), lock: 0 };
  return { dose: doses[reaction.next], why: reaction.why, reaction: last.reaction };
}

/** The steps in order as {step, touches, lying}; where one side is reached at a time, all of it before one turn. */
function parts(steps) {
  return runsOf(steps).flatMap((run) => {
    const sides = new Set(run.flatMap((step) => step.touches.map(({ region }) => VOCABULARY.regions[region].side)));
    sides.delete("midline");
    if (VOCABULARY.positions[run[0].position].reaches !== "one_side" || !sides.size) {
      return run.map((step) => ({ step, touches: step.touches, lying: "" }));
    }
    if (sides.size === 2) {
      return [...half(run, ["right", "midline"], "left"), ...half(run, ["left"], "right")];
    }
    return run.map((step) => ({ step, touches: step.touches, lying: sides.has("right") ? "left" : "right" }));
  });
}

/** Neighbouring steps in one position belong together. */
function runsOf(steps) {
  const runs = [];
  for (const step of steps) {
    const run = runs[runs.length - 1];
    if (run && run[0].position === step.position) {
      run.push(step);
    } else {
      runs.push([step]);
    }
  }
  return runs;
}

function half(run, sides, lying) {
  const within = (step) => step.touches.filter(({ region }) => sides.includes(VOCABULARY.regions[region].side));
  return run.map((step) => ({ step, touches: within(step), lying })).filter(({ touches }) => touches.length);
}

const shareOf = ({ step, touches }) => Math.floor((1000 * step.share * touches.length) / step.touches.length);
const samePlace = (one, other) => one.position === other.position && one.lying === other.lying;
const postureOf = ({ step, lying }) => ({ position: step.position, lying });
const turnSeconds = () => Number(VOCABULARY.turn.minutes) * 60;
const turning = ({ position, lying }, start) =>
  moment("turn", { title: VOCABULARY.turn.term, start, seconds: turnSeconds(), position, lying });

function moment(kind, more) {
  const empty = { step: "", touches: [], manners: {}, props: [], checks: [] };
  if (more.seconds < 1) {
    throw new Refusal(more.title, `'${more.title}' would last ${more.seconds} seconds: too many steps for the minutes`);
  }
  return { kind, ...empty, ...more };
}

/** Whole seconds shared out in proportion, summing exactly to `seconds`. */
function shared(seconds, shares) {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const ends = shares.map((_, number) => shares.slice(0, number + 1).reduce((sum, share) => sum + share, 0));
  const stops = ends.map((end) => Math.floor((seconds * end) / total));
  return stops.map((stop, number) => stop - (number ? stops[number - 1] : 0));
}

/** The checks due at a moment: at each region, and where the pressure rises. */
function due(checks, rises) {
  const moments = rises ? ["each_region", "each_rise"] : ["each_region"];
  return checks.filter((name) => moments.includes(VOCABULARY.checks[name].moment));
}

function momentsOf(planned, dose, minutes, checks) {
  const row = parts(planned.steps).map((part) => ({ part, ...postureOf(part) }));
  const turns = row.filter((each, number) => number && !samePlace(each, row[number - 1])).length;
  const lengths = shared(minutes * 60 - turns * turnSeconds(), row.map(({ part }) => shareOf(part)));
  const working = row.map(({ part, position, lying }, number) => ({
    position,
    lying,
    seconds: lengths[number],
    ...worked(part, dose),
  }));
  return placed(working, checks, null);
}

function worked({ step, touches }, dose) {
  const levels = touches.map(({ region, technique, pressure }) => [region, technique, atDose(pressure, dose)]);
  return { step: step.id, title: step.title, touches: levels, manners: step.manners, props: step.props };
}

/** The working moments one after the other, with the turns between them and the checks due; `from` is a posture. */
function placed(working, checks, from) {
  const found = [];
  let [start, posture, highest] = [0, from, 0];
  for (const each of working) {
    if (posture && !samePlace(each, posture)) {
      found.push(turning(each, start));
      start += turnSeconds();
    }
    const top = Math.max(...each.touches.map(([, , level]) => level));
    found.push(moment("step", { ...each, start, checks: due(checks, top > highest) }));
    [start, posture, highest] = [start + each.seconds, each, Math.max(highest, top)];
  }
  return found;
}

/** What may be felt: what belongs to one technique only where hands use it. */
function expectedOf({ regimen }, moments) {
  const used = new Set(moments.flatMap(({ touches }) => touches.map(([, technique]) => technique)));
  const ofTechnique = (name) => VOCABULARY.expected[name].technique;
  return REGIMENS[regimen].sensations.filter((name) => !ofTechnique(name) || used.has(ofTechnique(name)));
}

/** The script of one dose of a regimen that is open. */
function scriptOf(standing, planned, session, { dose, why, reaction }) {
  const { checks } = standing.limits;
  const at = (when) => checks.filter((name) => VOCABULARY.checks[name].moment === when);
  const minutes = dose === 0 ? 0 : atDose(planned.minutes, dose);
  const moments = dose === 0 ? [] : momentsOf(planned, dose, minutes, checks);
  return {
    regimen: planned.regimen,
    session,
    dose,
    minutes,
    locked: dose === 0,
    why,
    refer: reaction ? VOCABULARY.reactions[reaction].refer || "" : "",
    before: at("before"),
    during: at("during"),
    moments,
    after: at("after"),
    follow_up: at("follow_up"),
    stop_rules: standing.limits.stop,
    expected: expectedOf(planned, moments),
  };
}

/** The regimen as planned for a session of it, if it may be given now. Throws a Refusal. */
function openRegimen(standing, regimen, session) {
  if (standing.error) {
    throw new Refusal(standing.error.where, standing.error.what);
  }
  const planned = plan(standing).find((each) => each.regimen === regimen);
  if (!planned) {
    throw new Refusal(regimen, `'${regimen}' is not offered to this patient.`);
  }
  const { sessions } = planned.course;
  if (!Number.isInteger(session) || session < 1 || session > sessions) {
    throw new Refusal("session", `The course has ${sessions} sessions; there is no number ${session}.`);
  }
  if (!planned.available) {
    throw new Refusal(regimen, "The limits leave nothing of this regimen to do now.");
  }
  return planned;
}

/** What `work` returns, or {refused, where}: why there is none. */
function orRefused(work) {
  const found = orError(work);
  return found.error ? { refused: found.error.what, where: found.error.where } : found;
}

/**
 * The script of session 1, 2, 3 ... of a regimen (an id), after `last` {dose, reaction} or null. Returns
 *   {regimen, session, dose, minutes, locked, why, refer, before, during, moments, after, follow_up, stop_rules,
 *    expected}
 * as the core's SessionScript, with names for terms. A moment is {kind: "step" or "turn", step, title, start, seconds,
 * position, lying, touches: [[region, technique, level]], manners, props, checks}, times in seconds; `step` is the id of
 * the regimen's step. When `locked`, there are no moments. Returns {refused: why, where} where there is no script.
 */
export function script({ standing, regimen, session, last = null }) {
  return orRefused(() => {
    const planned = openRegimen(standing, regimen, session);
    return scriptOf(standing, planned, session, nextDose(session, last));
  });
}
