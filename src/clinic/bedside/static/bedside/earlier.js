// What was told at this table in other sessions of the same patient, as far as the pack does not know it yet. Without a
// network the next session would else begin by what was carried in the morning.

import { answersNow, corrected, told } from "./decide.js";
import { barred } from "./seen.js";

/** The other sessions of a patient that were begun here: each loaded, with the events that the pack does not know. */
export async function earlier(app, visit) {
  const { sessions, heard } = app.pack;
  const begun = new Set((await app.store.rows()).map(({ session }) => session));
  const others = sessions.filter((each) => nameOf(each) !== nameOf(visit) && each.patient.public === visit.patient.public && begun.has(nameOf(each)));
  return Promise.all(others.map(async (each) => {
    const { record, events, content } = await app.sessionAlone(each);
    return { record, content, events: events.filter(({ seq }) => seq > (heard[nameOf(each)] || 0)) };
  }));
}

export const nameOf = (each) => each.session || each.visit.public;

/** The visit with what its patient has said since it was carried. */
export function handedOn(visit, others, offset) {
  const facts = others.flatMap(({ events }) => told(events, (at) => corrected(at, offset)));
  return { ...visit, ...answersNow(visit, facts.sort((one, other) => one.on.localeCompare(other.on))) };
}

/** Whether one of them ended in a way after which the course waits for a person: a stop or a reaction that locks it. */
export const locked = (others) => others.some((each) => lockedByStop(each) || lockedByReaction(each));

function lockedByStop({ record, events }) {
  const since = new Set(events.map(({ seq }) => seq));
  return barred({ ...record, stops: record.stops.filter(({ seq }) => since.has(seq)) });
}

function lockedByReaction({ events, content }) {
  const { reactions } = content.vocabulary;
  return events.some(({ kind, data }) => kind === "reaction" && (reactions[data.name] || { next: "lock" }).next === "lock");
}
