// ---- rest.js: what remains of a session when a new fact has changed the limits (translates plan/rest.py).

const place = (step, region) => `${step}|${region}`;

/** The seconds for each region of each step of a script, by place. */
function intended(found) {
  const rows = found.moments.flatMap(({ step, seconds, touches }) => {
    const lengths = touches.length ? shared(seconds, touches.map(() => 1)) : [];
    return touches.map(([region], number) => [place(step, region), lengths[number]]);
  });
  return new Map(rows);
}

/** What is left of each region of each step: no more than either script gives it, less what it got. */
function leftOver(began, now, done, finished) {
  const [before, closed] = [intended(began), new Set(finished.map(([step, region]) => place(step, region)))];
  const rows = [...intended(now)].filter(([where]) => !closed.has(where));
  const most = ([where, seconds]) => (before.has(where) ? Math.min(seconds, before.get(where)) : seconds);
  return new Map(rows.map((row) => [row[0], most(row) - (done.get(row[0]) || 0)]));
}

/** The moments that are not turns, with only the touches of which something is left and their seconds together. */
function unfinished(now, left) {
  return now.moments.flatMap((each) => {
    const rows = each.touches.map((touch) => [touch, left.get(place(each.step, touch[0])) || 0]);
    return alike(rows.filter(([, seconds]) => seconds > 0)).map((run) => ({
      ...each,
      touches: run.map(([touch]) => touch),
      seconds: run.reduce((sum, [, seconds]) => sum + seconds, 0),
    }));
  });
}

/** Neighbouring touches of which the same is left, but for the second that sharing rounds. */
function alike(rows) {
  const runs = [];
  for (const row of rows) {
    const run = runs[runs.length - 1];
    if (run && Math.abs(row[1] - run[0][1]) <= 1) {
      run.push(row);
    } else {
      runs.push([row]);
    }
  }
  return runs;
}

/** The rows shortened to the budget, less the turns between them; what would get no second at all falls away. */
function fitted(rows, budget, posture) {
  let kept = rows;
  while (kept.length) {
    const postures = [...(posture ? [posture] : []), ...kept];
    const turns = postures.filter((each, number) => number && !samePlace(each, postures[number - 1])).length;
    const room = budget - turns * turnSeconds();
    const wanted = kept.map(({ seconds }) => seconds);
    const fits = wanted.reduce((sum, seconds) => sum + seconds, 0) <= room;
    const lengths = fits ? wanted : shared(Math.max(room, 0), wanted);
    if (lengths.every((seconds) => seconds > 0)) {
      return kept.map((each, number) => ({ ...each, seconds: lengths[number] }));
    }
    const some = kept.filter((_, number) => lengths[number] > 0);
    kept = some.length ? some : kept.slice(0, -1);
  }
  return kept;
}

function remaining(began, standing, { done, elapsed, finished, posture }) {
  const planned = openRegimen(standing, began.regimen, began.session);
  const now = { ...scriptOf(standing, planned, began.session, { ...began, reaction: "" }), refer: began.refer };
  const rows = Object.entries(done).flatMap(([step, regions]) =>
    Object.entries(regions).map(([region, seconds]) => [place(step, region), seconds])
  );
  const delivered = rows.reduce((sum, [, seconds]) => sum + seconds, 0);
  const budget = Math.min(began.minutes, now.minutes) * 60 - Math.max(elapsed, delivered);
  const left = leftOver(began, now, new Map(rows), finished);
  const moments = placed(fitted(unfinished(now, left), budget, posture), standing.limits.checks, posture);
  return { ...now, moments, seconds: moments.reduce((sum, { seconds }) => sum + seconds, 0) };
}

/**
 * What remains of a session that is under way, from second 0 on, after a new fact.
 *
 * `began` is the script that the session began with, `standing` the one after the news. Everything counts from the
 * beginning of the session: `done` is {step: {region: seconds}}, what each region of a step got; `elapsed` the seconds
 * of treatment and turns so far, without pauses. `finished` [[step, region]] names what is not gone back to though it
 * got less than was meant; `posture` {position, lying} is how the patient lies, or null.
 * Returns a script as `script` does, of the same session and dose under the new limits, with the moments that are left
 * (none where nothing is) and their `seconds` together; {stop: verdict} when one may no longer treat; {refused: why,
 * where} when the answers contradict each other or nothing of the regimen is open: then hands stay off as well.
 */
export function rest(began, standing, { done, elapsed, finished = [], posture = null }) {
  if (!standing.error && !standing.mayTreat) {
    return { stop: standing.verdict };
  }
  return orRefused(() => remaining(began, standing, { done, elapsed, finished, posture }));
}
