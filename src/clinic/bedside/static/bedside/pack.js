// What a new pack changes, and what it does not: a session that was begun here goes on by what it was begun with.

import { nameOf } from "./earlier.js";

const DAY = 86400000;
/** What a session stands on from its first event; the server may hand out another until it has heard of that. */
const STOOD = ["session", "number", "dose", "regimen", "title", "content", "plan", "last", "script", "script_hash", "follow_up"];

/** The visits to carry: the new ones, and of the old ones what was begun here. `rows` are all events of this tablet. */
export function joined(fresh, carried, rows, now) {
  const written = new Map(rows.map(({ session, wall }) => [session, wall]));
  const begun = new Map(carried.filter((each) => written.has(nameOf(each))).map((each) => [nameOf(each), each]));
  const here = new Set(fresh.map(nameOf));
  const left = [...begun.values()].filter((each) => !here.has(nameOf(each)) && now - written.get(nameOf(each)) < DAY);
  return [...fresh.map((each) => goesOn(each, begun.get(nameOf(each)))), ...left];
}

const goesOn = (fresh, begun) => (begun ? { ...fresh, ...Object.fromEntries(STOOD.map((name) => [name, begun[name]])) } : fresh);

/** Whether what was carried may not be begun by any more: `offset` is this clock minus the server's. */
export const outOfDate = ({ until }, now, offset) => now - offset > Date.parse(until);
