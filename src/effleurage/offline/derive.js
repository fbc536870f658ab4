// ---- derive.js: from answers to the facts that rules read (translates facts/derive.py).

/** The answer "never measured": not a value, and not the same as unknown. */
const NEVER = Symbol("never");

/** What people did wrong, and where: becomes {error: {where, what}}, never a plan. */
class Refusal {
  constructor(where, what) {
    this.where = where;
    this.what = what;
  }
}

/** The fact's row of the table. Throws a Refusal for a name that the content does not have. */
function factNamed(name) {
  if (!Object.prototype.hasOwnProperty.call(FACTS, name)) {
    throw new Refusal(name, `'${name}' is not a fact of this content.`);
  }
  return FACTS[name];
}

const GIVEN = {
  yes_no: (value) => (typeof value.yes === "boolean" ? value.yes : undefined),
  whole: (value) => (Number.isSafeInteger(value.number) ? value.number : undefined),
  decimal: (value) => (Number.isSafeInteger(value.number) ? value.number : undefined),
  choice: (value) => (typeof value.choice === "string" ? value.choice : undefined),
  date: (value) => (typeof value.date === "string" && readMoment(value.date)) || undefined,
  list: (value) => (Array.isArray(value.items) && typeof value.complete === "boolean" ? value : undefined),
};

/** An answer's value from JSON, of the kind of its fact. */
function given(name, value) {
  const read = value === "never" ? NEVER : value && GIVEN[factNamed(name).kind](value);
  if (read === undefined || read === null) {
    throw new Refusal(name, `The answer to '${name}' is not of its kind.`);
  }
  return read;
}

function momentOf(name, text) {
  const moment = typeof text === "string" ? readMoment(text) : null;
  if (!moment) {
    throw new Refusal(name, `'${text}' is not a local time such as 2026-11-22T08:30.`);
  }
  return moment;
}

/** One run of the derivations, each fact computed once. */
class Work {
  constructor(answers, on) {
    this.answers = answers;
    this.on = on;
    this.done = new Map();
  }

  value(name) {
    if (!this.done.has(name)) {
      this.done.set(name, null);
      this.done.set(name, this.compute(name, FACTS[name]));
    }
    return this.done.get(name);
  }

  compute(name, fact) {
    const answer = this.answers.get(name);
    const told = answer === undefined || answer === NEVER ? null : answer;
    if (fact.gates.some((gate) => this.value(gate) === false)) {
      return null;
    }
    const derived = fact.derive ? DERIVATIONS[fact.derive.how](this, fact) : null;
    if (told !== null && derived !== null) {
      return worse(fact, told, derived);
    }
    const known = told === null ? derived : told;
    return known === null && fact.kind === "yes_no" ? this.opened(fact) : known;
  }

  /** A gate that nobody answered is open once an answer behind it says something. */
  opened(fact) {
    const behind = fact.behind.filter((name) => this.answers.has(name));
    return behind.some((name) => !saysNothing(FACTS[name], this.answers.get(name))) ? true : null;
  }

  /** An answer, or a fact derived from answers, by name; NEVER passes through. */
  of(name) {
    const answer = this.answers.get(name);
    if (answer === NEVER) {
      return NEVER;
    }
    return forRules(FACTS[name]) ? this.value(name) : answer === undefined ? null : answer;
  }

  moment(name) {
    const value = this.of(name);
    return FACTS[name].kind === "date" && value !== NEVER ? value : null;
  }
}

/** Whether a condition may name the fact; dates and lists are for derivations. */
const forRules = (fact) => fact.kind !== "date" && fact.kind !== "list";

/** The one of two values that is worse news; the first where the fact has no bad direction. */
function worse(fact, one, other) {
  const options = fact.options.map(([name]) => name);
  const rank = fact.bad === "last" ? (value) => options.indexOf(value) : Number;
  const upward = ["yes", "higher", "last"].includes(fact.bad);
  const worsens = upward ? rank(other) > rank(one) : rank(other) < rank(one);
  return worsens && fact.bad !== "none" ? other : one;
}

/** A derived number kept inside the fact's possible range. */
function within(fact, number) {
  const [low, high] = fact.possible || [number, number];
  return Math.max(low, Math.min(high, number));
}

const isNumber = (value) => value !== null && value !== NEVER;

const since = (count) => (work, fact) => {
  const moment = work.moment(fact.derive.of[0]);
  return moment === null ? null : within(fact, count(moment, work.on));
};

const extreme = (pick) => (work, fact) => {
  const values = fact.derive.of.map((name) => work.of(name));
  const numbers = values.filter(isNumber);
  return numbers.length && !values.includes(null) ? pick(...numbers) : null;
};

/** The lowest of what is known already. */
function lowestKnown(work, fact) {
  const numbers = fact.derive.of.map((name) => work.of(name)).filter(isNumber);
  return numbers.length ? Math.min(...numbers) : null;
}

function difference(work, fact) {
  const [one, other] = fact.derive.of.map((name) => work.of(name));
  return isNumber(one) && isNumber(other) ? within(fact, one - other) : null;
}

function measured(work, fact) {
  const values = fact.derive.of.map((name) => work.answers.get(name));
  if (values.some((value) => value !== undefined && value !== NEVER)) {
    return true;
  }
  return values.every((value) => value === NEVER) ? false : null;
}

/** `takes` and `lists`: whether a list holds one of the items that are wanted. */
function holdsOne(work, fact) {
  const list = work.answers.get(fact.derive.of[0]);
  if (!list || list === NEVER || !Array.isArray(list.items)) {
    return null;
  }
  return list.items.some((item) => fact.derive.wanted.includes(item)) ? true : list.complete ? false : null;
}

/** Change per month between two dated measurements, rounded up: more change is the bad news. */
function eachMonth(work, fact) {
  const [now, before] = fact.derive.of.slice(0, 2).map((name) => work.of(name));
  const [last, first] = fact.derive.of.slice(2).map((name) => work.moment(name));
  if (!isNumber(now) || !isNumber(before) || !last || !first || wholeDays(first, last) <= 0) {
    return null;
  }
  const change = ((now - before) * fact.derive.month_days) / wholeDays(first, last);
  return within(fact, Math.ceil(change * fact.derive.scale) + 0);
}

const DERIVATIONS = {
  age_years: since(wholeYears),
  years_since: since(wholeYears),
  months_since: since(wholeMonths),
  days_since: since(wholeDays),
  hours_since: since(wholeHours),
  minutes_since: since(wholeMinutes),
  difference,
  lowest: extreme(Math.min),
  highest: extreme(Math.max),
  lowest_known: lowestKnown,
  measured,
  any: (work, fact) => any(...fact.derive.of.map((name) => work.of(name))),
  all: (work, fact) => all(...fact.derive.of.map((name) => work.of(name))),
  takes: holdsOne,
  lists: holdsOne,
  each_month: eachMonth,
};

function saysNothing(fact, value) {
  if (value !== NEVER && fact.kind === "list") {
    return value.items.length === 0;
  }
  if (fact.kind === "yes_no") {
    return value === (fact.bad === "no");
  }
  return value === NEVER || (fact.kind === "choice" && value === fact.options[0][0]);
}

/** The date of a measurement that was never made says nothing about anybody. */
const idle = (fact, gate) => fact.kind === "date" && Boolean(gate.derive) && gate.derive.how === "measured";

/** Refuses an answer that says something behind a gate that is no. */
function checkGates(current, values) {
  for (const [name, value] of current) {
    const fact = FACTS[name];
    for (const gate of fact.gates) {
      if (values[gate] === false && !saysNothing(fact, value) && !idle(fact, FACTS[gate])) {
        const told = current.has(gate) ? "answered" : "worked out to be";
        throw new Refusal(name, `'${name}' has a value, but '${gate}' is ${told} no.`);
      }
    }
  }
}

/** Refuses two dated measurements whose earlier one is dated after the later one, or on the same day. */
function checkOrder(current) {
  for (const fact of Object.values(FACTS).filter((each) => each.derive && each.derive.how === "each_month")) {
    const [last, first] = fact.derive.of.slice(2);
    const [end, start] = [current.get(last), current.get(first)];
    if (end && start && end !== NEVER && start !== NEVER && wholeDays(start, end) <= 0) {
      throw new Refusal(last, `'${first}' does not lie before '${last}'.`);
    }
  }
}

/** What `work` returns, or {error: {where, what}} where people contradict each other. */
function orError(work) {
  try {
    return work();
  } catch (fault) {
    if (fault instanceof Refusal) {
      return { error: { where: fault.where, what: fault.what } };
    }
    throw fault;
  }
}

/**
 * The facts at the level of rules.
 *
 * `answers` is {name: {value, on, origin}} as the server stores it: `value` is "never", {yes}, {number} (a scaled
 * integer), {choice}, {date} or {items, complete, excerpt}; `on` a local time without zone. `on` is the moment of the
 * decision, 'YYYY-MM-DDTHH:MM[:SS]' on the clock of the place. Returns {values, stale}: `values` by name with null for
 * what is not known, `stale` the names of answers that were too old to count. Returns {error: {where, what}} where
 * answers contradict each other or are no answers at all.
 */
export function derive(answers, on) {
  return orError(() => {
    const now = momentOf("on", on);
    const current = new Map();
    const stale = [];
    for (const [name, answer] of Object.entries(answers)) {
      const days = factNamed(name).stale_days;
      const [value, told] = [given(name, answer.value), momentOf(name, answer.on)];
      if (days !== null && moreDaysThan(days, told, now)) {
        stale.push(name);
      } else {
        current.set(name, value);
      }
    }
    const work = new Work(current, now);
    const names = Object.keys(FACTS).filter((name) => forRules(FACTS[name]));
    const values = Object.fromEntries(names.map((name) => [name, work.value(name)]));
    checkGates(current, values);
    checkOrder(current);
    return { values, stale };
  });
}
