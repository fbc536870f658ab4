// ---- limits.js: what the bits of a word mean (translates protocol/packing.py and how protocol/lattice.py closes).

const SETS = ["positions", "props", "checks", "stop", "competences", "consents", "windows"];
const REGIONS = Object.keys(VOCABULARY.regions);
const TECHNIQUES = Object.keys(VOCABULARY.techniques);
const BIT = new Map(BITS.map(([field, whom, value], index) => [`${field}|${whom}|${value}`, 1n << BigInt(index)]));

/** How bad a verdict is: 0 for the free end. */
const rank = (verdict) => VERDICTS.indexOf(verdict);

/** The rows whose bit is set in a word, in order: of BITS what it says, of RULES which rules it marks. */
function marked(rows, word) {
  const digits = word.toString(2);
  return rows.filter((_, index) => digits[digits.length - 1 - index] === "1");
}

function readBits(word) {
  const free = { verdict: 0, minutes: Math.max(...VOCABULARY.minutes), spacing_days: 0 };
  const found = { ...free, pressure: {}, forbidden: [], refer: {} };
  SETS.forEach((name) => (found[name] = []));
  for (const [field, whom, value] of marked(BITS, word)) {
    if (field === "pressure") {
      found.pressure[whom] = Math.min(value, whom in found.pressure ? found.pressure[whom] : value);
    } else if (field === "forbidden") {
      found.forbidden.push(`${value}|${whom}`);
    } else if (field === "refer") {
      found.refer[whom] = Math.max(value, found.refer[whom] || 0);
    } else if (SETS.includes(field)) {
      found[field].push(value);
    } else {
      found[field] = field === "minutes" ? Math.min(value, found.minutes) : Math.max(value, found[field]);
    }
  }
  return found;
}

/**
 * The limits that a word stands for: {verdict, minutes, spacing_days, pressure, forbidden, positions, props, checks,
 * stop, competences, consents, windows, refer}. `word` is a BigInt, or its hexadecimal text as in `standing().words`.
 * `verdict` is a name, `pressure` the highest level of each region by name, `forbidden` the closed techniques of each
 * region by name (all of them where its level is 0), `refer` the most urgent rank of each target by name, and the rest
 * lists of names in the order of the vocabulary.
 */
export function limits(word) {
  const found = readBits(typeof word === "bigint" ? word : BigInt(`0x${word}`));
  const shut = found.verdict >= rank("withhold");
  const shutPairs = new Set(found.forbidden);
  const most = VOCABULARY.levels.length - 1;
  const level = (region) => (shut ? 0 : region in found.pressure ? found.pressure[region] : most);
  const closed = (region) => TECHNIQUES.filter((name) => level(region) === 0 || shutPairs.has(`${name}|${region}`));
  return {
    ...found,
    verdict: VERDICTS[found.verdict],
    minutes: shut ? 0 : found.minutes,
    positions: shut ? Object.keys(VOCABULARY.positions) : found.positions,
    pressure: Object.fromEntries(REGIONS.map((region) => [region, level(region)])),
    forbidden: Object.fromEntries(REGIONS.map((region) => [region, closed(region)])),
  };
}
