// Check-in: the right patient, known by two identifiers that were asked for and compared, before anything is opened.

import { button, el, heading, icon, notice, t } from "../dom.js";
import { openingScript, skewed } from "../decide.js";
import { scriptHash } from "../events.js";
import { localTime, wholeDay } from "../clock.js";
import { BY_IDENTITY } from "../measures.js";
import { outOfDate } from "../pack.js";
import { storageFault } from "../store.js";
import { visitDay } from "./list.js";

const ENOUGH = 2;

export function arrive(app) {
  const { visit } = app.session;
  const { patient } = visit;
  const start = button(t("same_person"), () => app.doing(() => begin(app)), { kind: "primary", picture: "check", disabled: true });
  const changed = () => { start.disabled = compared().length < ENOUGH; };
  const compared = () => [...document.querySelectorAll("[data-identifier]:checked")].map(({ dataset }) => dataset.identifier);
  const rows = [["name", t("name"), patient.name], ["birth_date", t("birth_date"), wholeDay(patient.born)], ["number", t("patient_number"), patient.number]];
  const shown = rows.filter(([, , value]) => value).map((row) => identifier(row, changed));
  const other = button(t("another_person"), () => { app.leave(); app.go("visits"); app.say(t("another_person_about"), "warn"); }, { picture: "cross" });
  const body = [
    heading(t("check_in")),
    el("p", { class: "lead" }, t("check_in_about")),
    el("div", { class: "arrive" }, photo(patient), el("div", { class: "stack" }, warnings(visit), el("div", { class: "compare" }, shown, seen(patient)), el("div", { role: "alert", id: "why" }), about(visit))),
  ];
  return { body, controls: [button(t("back"), () => { app.leave(); app.go("visits"); }, { kind: "quiet", picture: "back" }), other, start] };
}

function identifier([name, label, value], changed) {
  const box = el("input", { type: "checkbox", "data-identifier": name, on: { change: changed } });
  return el("label", { class: "same" }, box, el("span", {}, el("span", { class: "soft small" }, label), el("b", {}, value)));
}

function seen({ photo: picture }) {
  const box = el("input", { type: "checkbox", id: "photo-seen", disabled: !picture });
  return picture && el("label", { class: "same" }, box, el("span", {}, el("b", {}, t("photo_fits"))));
}

function photo({ name, photo: picture }) {
  return picture ? el("img", { class: "portrait", src: picture, alt: t("photo_of", { name }) }) : el("div", { class: "portrait none" }, icon("patient"), el("p", {}, t("no_photo")));
}

const warnings = ({ patient, supervisors = [] }) => [
  supervisors.length > 0 && notice("warn", t("supervised", { name: supervisors.join(", ") })),
  patient.warning && notice("danger", patient.warning),
  patient.guardian && notice("info", t("guardian", { name: patient.guardian })),
];

function about({ visit, number, title, signed, competent_until: until }) {
  const rows = [
    [t("visit"), `${visitDay(visit.starts.slice(0, 10))}, ${visit.starts.slice(11, 16)} · ${visit.room}`],
    [t("treatment"), t("session_number", { n: number, title })],
    signed && signed.name && [t("plan_signed"), signed.name],
    until && [t("competent_until"), wholeDay(until)],
  ].filter(Boolean);
  return el("dl", { class: "pairs small" }, rows.map(([term, words]) => [el("dt", {}, term), el("dd", {}, words)]));
}

/**
 * Opens the session, unless the tablet could not keep it, its clock is wrong while the server could set it right, or the
 * server has something against it by now.
 */
async function begin(app) {
  const compared = [...document.querySelectorAll("[data-identifier]:checked")].map(({ dataset }) => dataset.identifier);
  const photoSeen = document.getElementById("photo-seen");
  const identified = { kind: "identified", data: { compared, photo: Boolean(photoSeen && photoSeen.checked) } };
  const fault = await whyNot(app);
  const { session } = app;
  if (!session || fault.length) {
    session && document.getElementById("why").replaceChildren(notice("danger", t("cannot_start"), ...fault));
    return;
  }
  const script = openingScript(session.content, session.visit, now(app));
  const checked = script.before.includes(BY_IDENTITY) && { kind: "checked", data: { check: BY_IDENTITY, ok: true, note: "" } };
  const open = session.record.opened ? null : session.opens(script, await scriptHash(script));
  await app.tell(open, identified, checked, session.decides);
}

const now = (app) => app.session.on(localTime(Date.now(), app.clinic.zone));

/** The reasons why nothing can be opened, in words; none where it can be. */
async function whyNot(app) {
  const storage = await storageFault(app.store);
  if (storage) {
    return [t(storage === "room" ? "no_room" : "not_persistent")];
  }
  const told = app.session.record.opened ? [] : await serverSays(app);
  if (told.length || !app.session) {
    return told;
  }
  if (app.sync.state.online && skewed(app.offset)) {
    return [t("clock_refused")];
  }
  if (await app.lockedHere(app.session.visit)) {
    return [t("locked_here")];
  }
  return openingScript(app.session.content, app.session.visit, now(app)) ? [] : [t("nothing_left_of_plan")];
}

/** What speaks against the visit as the server sees it now; where it does not answer, as it was carried. */
async function serverSays(app) {
  const visit = await app.asked(app.session.visit);
  if (!visit || visit.reasons.length) {
    return visit ? visit.reasons : [t("visit_gone")];
  }
  await app.take(visit);
  return outOfDate(app.pack, Date.now(), app.offset) ? [t("pack_over")] : [];
}
