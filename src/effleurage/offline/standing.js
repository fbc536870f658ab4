// ---- standing.js: the decision read off its words (translates decision/decide.py and decision/aside.py).

const NUMBERED = RULES.map((rule, number) => [number, rule]);
const bit = (number) => 1n << BigInt(number);
const numbered = (word) => marked(NUMBERED, word);
const inHex = (words) => Object.fromEntries(Object.entries(words).map(([name, word]) => [name, word.toString(16)]));
const fromHex = (words) => Object.fromEntries(Object.entries(words).map(([name, text]) => [name, BigInt(`0x${text}`)]));

/** A value as Python writes it, since a footing is compared with one that the server wrote. */
function written(value) {
  const plain = new Map([[null, "None"], [true, "True"], [false, "False"]]);
  return plain.has(value) ? plain.get(value) : typeof value === "string" ? `'${value}'` : String(value);
}

/**
 * What a rule stands on: the facts that it reads, with their values (a text). As long as this is the same, so is its
 * case. `rule` is an id, `values` those of `derive`.
 */
export function footing(rule, values) {
  const { facts } = RULES.find(({ id }) => id === rule);
  return facts.map((name) => `${name}=${written(values[name])}`).join("; ");
}

/** The limits of the chosen rules together. */
const combined = (chosen) => numbered(chosen).reduce((word, [number]) => word | WORDS[number], 0n);

/** The rules set aside that still fit: they hold, and stand on the same facts as when they were set aside. */
function fitting(words, values, aside) {
  const holding = new Set(numbered(words.holds).map(([, rule]) => rule.id));
  const fits = aside.filter((each) => holding.has(each.rule) && footing(each.rule, values) === each.footing);
  return [...new Set(fits.map(({ rule }) => rule))].sort();
}

/** The words with these rules set aside. Throws a Refusal for a rule that nobody can set aside. */
function without(words, rules) {
  const never = rules.find((name) => RULES.find(({ id }) => id === name).hold === "never");
  if (never) {
    throw new Refusal(never, "Nobody can set this rule aside.");
  }
  const chosen = numbered(words.holds).filter(([, rule]) => rules.includes(rule.id));
  const holds = words.holds & ~chosen.reduce((word, [number]) => word | bit(number), 0n);
  const certain = combined(holds);
  return { ...words, certain, possible: certain | combined(words.undecided), holds };
}

/** The word over the plan. What is merely possible never makes it an emergency, but at least "ask first". */
function verdictOf(certain, possible) {
  return possible === certain ? certain : VERDICTS[Math.max(rank(certain), rank("ask"))];
}

/** Rules that apply only because something is not known, and that could still change the limits. */
function undecidedThatMatter(words) {
  const open = words.possible & ~words.certain;
  return numbered(words.undecided).filter(([number]) => (WORDS[number] & open) !== 0n);
}

/** The rules that hold, that no rule for everyone makes needless, and that no other holding rule contains. */
function telling(words) {
  const holding = numbered(words.holds);
  const base = holding.filter(([, rule]) => rule.always).reduce((word, [number]) => word | WORDS[number], 0n);
  const contained = (word) => holding.some(([number]) => WORDS[number] !== word && (WORDS[number] & word) === word);
  const determining = holding.filter(([number]) => (WORDS[number] & ~base) !== 0n);
  return determining.filter(([number]) => !contained(WORDS[number])).map(([, rule]) => rule);
}

/** The rules that apply, each with its number; those that hold before those that are undecided. */
const applying = (words) => [...numbered(words.holds), ...numbered(words.undecided)];

/** The ids of those of these rules that set one bit of the limits. */
function because(rules, field, whom, value) {
  const mask = BIT.get(`${field}|${whom}|${value}`);
  return rules.filter(([number]) => (WORDS[number] & mask) !== 0n).map(([, rule]) => rule.id);
}

/**
 * Where a patient stands at a moment.
 *
 * Takes {answers, contradictions, on, aside}: `answers` and `on` as `derive` has them, `contradictions` {name: words}
 * as stored (what is in it has no answer, and is handed back), `aside` the rules set aside as [{rule, footing}], of
 * which those count that hold and stand on the same facts. Returns
 *   {on, values, stale, contradictions,
 *    words: {certain, possible, holds, undecided},   each in hexadecimal
 *    verdict, mayTreat, settled, limits,             the limits to obey: those of `possible`
 *    open: [fact],                                   not known, and could still change the limits
 *    holding: [rule], undecided: [rule], telling: [{rule, because, tell}], aside: [rule]}
 * or {error: {where, what}}, with which nobody may be treated.
 */
export function standing({ answers, contradictions = {}, on, aside = [] }) {
  return orError(() => {
    const found = derive(answers, on);
    if (found.error) {
      return found;
    }
    const decided = decide(found.values);
    const rules = fitting(decided, found.values, aside);
    return { on, ...found, contradictions, aside: rules, ...readOff(without(decided, rules), found.values) };
  });
}

function readOff(words, values) {
  const [obeyed, certain] = [limits(words.possible), limits(words.certain)];
  const matter = undecidedThatMatter(words).map(([, rule]) => rule);
  const asked = new Set(matter.flatMap((rule) => rule.facts));
  return {
    words: inHex(words),
    verdict: verdictOf(certain.verdict, obeyed.verdict),
    mayTreat: rank(obeyed.verdict) <= rank("modified"),
    settled: words.certain === words.possible,
    limits: obeyed,
    open: Object.keys(values).filter((name) => values[name] === null && asked.has(name)),
    holding: numbered(words.holds).map(([, rule]) => rule.id),
    undecided: matter.map((rule) => rule.id),
    telling: telling(words).map(({ id, because: reason, tell }) => ({ rule: id, because: reason, tell })),
  };
}
