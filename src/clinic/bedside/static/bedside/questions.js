// Which facts to ask about, and in which groups. What matters is the engine's answer (`open`, and how many bits of the
// limits an answer would set); here it is only put in order.

const CARERS = ["patient", "therapist"];

/** What to ask a person in order to learn a fact: itself, or what it is derived from (translates decision/ask.py). */
export function askable(table, name, known) {
  const { derive, ask } = table[name];
  if (!derive) {
    return [name];
  }
  const listing = ["takes", "lists"].includes(derive.how);
  if (listing && !known.has(derive.of[0])) {
    return [derive.of[0]];
  }
  if (ask) {
    return [name];
  }
  return listing ? [derive.of[0]] : derive.of.filter((each) => !known.has(each)).flatMap((each) => askable(table, each, known));
}

/** The open questions in groups {title, batch, names}, batches first and in the order of the content. */
export function openGroups(content, standing, answered) {
  const known = new Set([...answered.known, ...Object.keys(standing.values).filter((name) => standing.values[name] !== null)]);
  const names = standing.open.flatMap((name) => askable(content.facts, name, known)).filter((name) => mayAsk(content, name));
  const left = [...new Set(names)].filter((name) => !answered.skipped.has(name));
  return grouped(content, left);
}

/**
 * What to ask again where an answer contradicts another: that answer, and what it hangs on. None where `where` is
 * nothing that a carer may be asked.
 */
export function contradicted(content, where) {
  const names = where in content.facts ? [...content.facts[where].gates, where] : [];
  const asked = names.flatMap((name) => askable(content.facts, name, new Set()));
  return [...new Set(asked)].filter((name) => mayAsk(content, name));
}

const mayAsk = (content, name) => content.facts[name].ask && content.facts[name].who.some((who) => CARERS.includes(who));

function grouped(content, names) {
  const groups = new Map();
  for (const name of names) {
    const { batch = "", page = "", ask } = content.facts[name];
    const key = batch || page || name;
    const title = content.asking.batches[batch] || content.asking.pages[page] || ask;
    const group = groups.get(key) || { title, batch: Boolean(batch), key, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  const order = Object.keys(content.asking.batches);
  const rank = ({ key }) => (order.includes(key) ? order.indexOf(key) : order.length);
  return [...groups.values()].sort((one, other) => rank(one) - rank(other));
}

const count = (word) => word.toString(2).replaceAll("0", "").length;

/** The worse answer of a yes/no fact, null where it has none. */
export const worseAnswer = ({ kind, bad }) => (kind === "yes_no" && bad !== "none" ? bad === "yes" : null);

/**
 * The yes/no facts whose worse answer would change most now, the most telling first: the verdict counts before the
 * limits. The engine is asked about each; nothing is weighed here.
 */
export function mostTelling(content, standing, most) {
  const verdicts = Object.keys(content.verdicts);
  const before = BigInt(`0x${standing.words.possible}`);
  const rows = Object.keys(content.facts).filter((name) => mayAsk(content, name)).flatMap((name) => {
    const worse = worseAnswer(content.facts[name]);
    if (worse === null || standing.values[name] === worse || !gatesOpen(content, standing, name)) {
      return [];
    }
    const { possible } = content.decide({ ...standing.values, [name]: worse });
    const gain = count(possible & ~before);
    return gain ? [{ name, gain, rank: verdicts.indexOf(content.limits(possible).verdict) }] : [];
  });
  return rows.sort((one, other) => other.rank - one.rank || other.gain - one.gain).slice(0, most).map(({ name }) => name);
}

const gatesOpen = (content, standing, name) => content.facts[name].gates.every((gate) => standing.values[gate] !== false);

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const wordsOf = (text) => folded(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** Letters that two words must begin by together to be taken for forms of one, and that either may have beyond them. */
const [STEM, ENDING] = [4, 4];

/**
 * Whether two words are forms of one, as "fainted" and "fainting", or "падал" and "падали". English, Ukrainian and
 * Russian all bend a word at its end, so a common beginning tells enough for a list out of which a person picks.
 */
function akin(one, other) {
  let same = 0;
  while (same < one.length && one[same] === other[same]) {
    same += 1;
  }
  return same >= STEM && Math.max(one.length, other.length) - same <= ENDING;
}

/**
 * The facts that somebody may mean by these words: each word, or a form of it, stands in the question, its help or an
 * option. Those that hold the very words come first.
 */
export function found(content, words, most) {
  const wanted = wordsOf(words);
  const said = ({ ask, help = "", options }) => folded([ask, help, ...options.map(([, option]) => option)].join(" "));
  const holds = (text) => wanted.every((word) => text.includes(word));
  const means = (text) => wanted.every((word) => text.includes(word) || wordsOf(text).some((each) => akin(word, each)));
  const rows = Object.keys(content.facts).filter((name) => mayAsk(content, name)).map((name) => ({ name, text: said(content.facts[name]) }));
  const near = wanted.length ? rows.filter(({ text }) => means(text)) : [];
  return [...near].sort((one, other) => holds(other.text) - holds(one.text)).slice(0, most).map(({ name }) => name);
}

/** The event of an answer. It comes from the patient, unless only the therapist can say it. */
export function factEvent({ facts }, name, answer) {
  const { who } = facts[name];
  return { kind: "fact", data: { name, answer, origin: who.includes("patient") ? "patient" : who[0] } };
}
