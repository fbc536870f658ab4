// Check-in: the right patient, known by two identifiers that were asked for and compared, before anything is opened.

import { button, el, heading, icon, notice, t } from "../dom.js";
import { openingScript, skewed } from "../decide.js";
import { scriptHash } from "../events.js";
import { dayWords, localTime } from "../clock.js";
import { BY_IDENTITY } from "../measures.js";
import { storageFault } from "../store.js";
import { visitDay } from "./list.js";

const ENOUGH = 2;

export function arrive(app) {
  const { visit } = app.session;
  const { patient } = visit;
  const start = button(t("same_person"), () => app.doing(() => begin(app)), { kind: "primary", picture: "check", disabled: true });
  const changed = () => { start.disabled = compared().length < ENOUGH; };
  const compared = () => [...document.querySelectorAll("[data-identifier]:checked")].map(({ dataset }) => dataset.identifier);
  const rows = [["name", t("name"), patient.name], ["birth_date", t("birth_date"), birth(patient.born)], ["number", t("patient_number"), patient.number]];
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

const birth = (born) => dayWords(born, { day: "numeric", month: "long", year: "numeric" });

const warnings = ({ patient }) => [
  patient.warning && notice("danger", patient.warning),
  patient.guardian && notice("info", t("guardian", { name: patient.guardian })),
];

function about({ visit, number, title, signed, competent_until: until }) {
  const rows = [
    [t("visit"), `${visitDay(visit.starts.slice(0, 10))}, ${visit.starts.slice(11, 16)} · ${visit.room}`],
    [t("treatment"), t("session_number", { n: number, title })],
    signed && signed.name && [t("plan_signed"), signed.name],
    until && [t("competent_until"), visitDay(until)],
  ].filter(Boolean);
  return el("dl", { class: "pairs small" }, rows.map(([term, words]) => [el("dt", {}, term), el("dd", {}, words)]));
}

/** Opens the session, unless the tablet could not keep it or its clock is wrong while the server could set it right. */
async function begin(app) {
  const fault = await whyNot(app);
  if (fault) {
    document.getElementById("why").replaceChildren(notice("danger", t("cannot_start"), fault));
    return;
  }
  const { session } = app;
  const script = openingScript(session.content, session.visit, session.on(localTime(Date.now(), app.clinic.zone)));
  const compared = [...document.querySelectorAll("[data-identifier]:checked")].map(({ dataset }) => dataset.identifier);
  const photoSeen = document.getElementById("photo-seen");
  const identified = { kind: "identified", data: { compared, photo: Boolean(photoSeen && photoSeen.checked) } };
  const checked = script.before.includes(BY_IDENTITY) && { kind: "checked", data: { check: BY_IDENTITY, ok: true, note: "" } };
  const open = session.record.opened ? null : session.opens(script, await scriptHash(script));
  await app.tell(open, identified, checked, session.decides);
}

async function whyNot(app) {
  const { session, sync } = app;
  const storage = await storageFault(app.store);
  if (storage) {
    return t(storage === "room" ? "no_room" : "not_persistent");
  }
  if (sync.state.online && skewed(app.offset)) {
    return t("clock_refused");
  }
  const on = session.on(localTime(Date.now(), app.clinic.zone));
  return openingScript(session.content, session.visit, on) ? "" : t("nothing_left_of_plan");
}
