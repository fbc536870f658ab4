// An event as the server knows it: its identity, its one text, and its hash (translates session/events.py).

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LENGTH = 22;

/** The identity of an event: 22 letters of 64, by chance. */
export function newIdentity() {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH));
  return Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}

/** Plain JSON as its one text: keys sorted, no spaces, characters as themselves. */
export function canonicalJson(value) {
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(",")}]`;
  }
  if (value === null || typeof value !== "object") {
    return JSON.stringify(value);
  }
  const rows = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${rows.join(",")}}`;
}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

export async function sha256(text) {
  return hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const LONGEST = 2000;

/** Words that somebody wrote, without what no event may hold. */
export const plainWords = (text) => Array.from(text.replace(UNSAFE, " ").trim()).slice(0, LONGEST).join("");

const LISTS = ["before", "during", "after", "follow_up", "stop_rules", "expected"];

/** The hash of a script leaves out every word of a language (translates session/ground.py). */
export function scriptHash(script) {
  const { regimen, session, dose, minutes, locked } = script;
  const lists = Object.fromEntries(LISTS.map((name) => [name, [...script[name]].sort()]));
  return sha256(canonicalJson({ regimen, session, dose, minutes, locked, ...lists, moments: script.moments.map(plainMoment) }));
}

function plainMoment({ kind, start, seconds, position, lying, touches, props, checks }) {
  return { kind, start, seconds, position, lying, touches, props, checks: [...checks].sort() };
}
