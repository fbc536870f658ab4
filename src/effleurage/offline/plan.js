// ---- plan.js: each regimen cut down to the limits (translates plan/plan.py, without the words of what was cut).

/** Cuts one regimen to the limits of one standing and keeps the list of cuts. */
class Cutter {
  constructor(standing, regimen, truths) {
    this.standing = standing;
    this.rules = applying(fromHex(standing.words));
    this.limits = standing.limits;
    this.regimen = regimen;
    this.truths = truths;
    this.cuts = [];
  }

  cut() {
    const steps = this.regimen.steps.filter((step) => this.wanted(step)).map((step) => this.step(step));
    return {
      regimen: this.regimen.id,
      steps: steps.filter(Boolean),
      minutes: this.minutes(),
      course: this.course(),
      cuts: this.cuts,
    };
  }

  /** Whether the step is meant for this patient, by what is known for certain. */
  wanted(step) {
    const meant = step.when === null || this.truths[step.when] === true;
    return meant && (step.unless === null || this.truths[step.unless] !== true);
  }

  note(kind, step, change, ...bits) {
    const rules = [...new Set(bits.flatMap((one) => because(this.rules, ...one)))];
    this.cuts.push({ kind, step, ...change, rules });
  }

  step(step) {
    const position = this.position(step);
    if (position === null) {
      return null;
    }
    const touches = this.regions(step).map((region) => this.touch(step, region)).filter(Boolean);
    const { id, title, share, manners } = step;
    return touches.length ? { id, title, position, share, manners, props: this.props(step, position), touches } : null;
  }

  /** The step's own props in its own position, the position's usual ones in another. */
  props(step, position) {
    const usual = VOCABULARY.positions[position].props;
    return position === step.position ? step.props : usual ? usual.split(",") : [];
  }

  position(step) {
    const open = [step.position, ...step.otherwise].filter((name) => !this.limits.positions.includes(name));
    const found = open.length ? open[0] : null;
    if (found !== step.position) {
      this.note("position", step.id, { from: step.position, to: found }, ["positions", "", step.position]);
    }
    return found;
  }

  /** The single regions of a step, on the sides that it means for this patient. */
  regions(step) {
    const sides = ["midline", ...this.sides(step)];
    return step.regions.filter((name) => sides.includes(VOCABULARY.regions[name].side));
  }

  sides(step) {
    if (!["concave", "convex"].includes(step.side)) {
      return step.side === "both" ? ["left", "right"] : [step.side];
    }
    const convex = this.standing.values[step.curve_fact];
    if (convex === null) {
      this.note("side", step.id, {});
    }
    const other = { left: "right", right: "left" };
    return convex in other ? [step.side === "convex" ? convex : other[convex]] : [];
  }

  touch(step, region) {
    const ceiling = this.limits.pressure[region];
    if (ceiling === 0) {
      this.note("region", step.id, { region }, ["pressure", region, 0]);
      return null;
    }
    const technique = this.technique(step, region);
    const most = Math.max(...step.pressure);
    if (technique !== null && most > ceiling) {
      this.note("pressure", step.id, { region, from: most, to: ceiling }, ["pressure", region, ceiling]);
    }
    return technique && { region, technique, pressure: step.pressure.map((level) => Math.min(level, ceiling)) };
  }

  technique(step, region) {
    const closed = this.limits.forbidden[region];
    const open = [step.technique, ...step.instead].filter((name) => !closed.includes(name));
    const found = open.length ? open[0] : null;
    if (found !== step.technique) {
      const change = { region, from: step.technique, to: found };
      this.note("technique", step.id, change, ["forbidden", region, step.technique]);
    }
    return found;
  }

  minutes() {
    const [most, meant] = [this.limits.minutes, Math.max(...this.regimen.minutes)];
    if (meant > most) {
      this.note("minutes", "", { from: meant, to: most }, ["minutes", "", most]);
    }
    return this.regimen.minutes.map((minutes) => Math.min(minutes, most));
  }

  course() {
    const [offered, least] = [this.regimen.course, this.limits.spacing_days];
    if (least > offered.spacing_days) {
      this.note("spacing", "", { from: offered.spacing_days, to: least }, ["spacing_days", "", least]);
    }
    return { ...offered, spacing_days: Math.max(least, offered.spacing_days) };
  }
}

/** The level of a dose 1, 2, 3 ...: the last entry holds. */
const atDose = (levels, dose) => levels[Math.min(dose, levels.length) - 1];

/**
 * The regimens whose offer is not certainly false, each within the limits of a standing: [{regimen, steps, minutes,
 * course, cuts, available}]. A step is {id, title, position, share, manners, props, touches: [{region, technique,
 * pressure: [level in dose 1, 2, ...]}]}; `manners` {technique: words} says how each is done here. A cut is {kind, step, rules} with what changed: `region`, `from` and `to`.
 * `available` says whether the regimen may be given now.
 */
export function plan(standing) {
  const truths = offerTruths(standing.values);
  const offered = Object.values(REGIMENS).filter((regimen) => truths[regimen.offered] !== false);
  return offered.map((regimen) => {
    const cut = new Cutter(standing, regimen, truths).cut();
    return { ...cut, available: standing.mayTreat && cut.steps.length > 0 && Math.max(...cut.minutes) > 0 };
  });
}
