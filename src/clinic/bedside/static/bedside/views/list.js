// The visits of the next days: what each is, how far it has come, and why one cannot start.

import { button, el, heading, icon, notice, t } from "../dom.js";
import { dayWords, localTime } from "../clock.js";
import { nameOf } from "../earlier.js";

const STATES = { empty: "", open: "state_open", running: "state_running", held: "state_running", stopped: "state_after", finished: "state_after", refused: "state_refused", closed: "state_closed" };

export function visits(app) {
  const again = button(t("refresh"), () => app.doing(async () => { await app.refresh(); app.go("visits"); }), { picture: "clock" });
  if (!app.pack) {
    return { body: [heading(t("visits")), notice("warn", t("no_pack"), t("no_pack_about"))], controls: [again] };
  }
  const cards = el("ol", { class: "visits" });
  fill(app, cards);
  const none = !app.pack.sessions.length && el("div", { class: "empty" }, icon("today"), el("h2", {}, t("no_visits")), el("p", {}, t("no_visits_about")));
  return { body: [heading(t("visits")), el("p", { class: "soft" }, t("visits_about", { name: app.pack.user.name })), none || cards], controls: [again] };
}

/** The days with their visits; how far each has come is read off its events, so the cards come one by one. */
async function fill(app, list) {
  const { sessions, clinic } = app.pack;
  const today = localTime(Date.now(), clinic.zone).slice(0, 10);
  const sorted = [...sessions].sort((one, other) => one.visit.starts.localeCompare(other.visit.starts));
  const begun = new Set((await app.store.rows()).map(({ session }) => session));
  let day = "";
  for (const each of sorted) {
    const status = begun.has(nameOf(each)) ? await statusOf(app, each) : "empty";
    if (each.visit.starts.slice(0, 10) !== day) {
      day = each.visit.starts.slice(0, 10);
      list.append(el("li", { class: "day" }, el("h2", {}, day === today ? t("today") : visitDay(day))));
    }
    list.append(el("li", {}, card(app, each, status)));
  }
}

const statusOf = async (app, visit) => {
  const session = await app.sessionAlone(visit).catch(() => null);
  return session ? session.record.status : "open";
};

export const visitDay = (day) => dayWords(day, { weekday: "long", day: "numeric", month: "long" });

function card(app, each, status) {
  const { visit, patient, title, number, reasons } = each;
  const chip = STATES[status] && el("span", { class: `chip ${status === "closed" ? "ok" : "info"}` }, t(STATES[status]));
  const inside = [
    el("span", { class: "when" }, el("b", {}, visit.starts.slice(11, 16)), el("span", { class: "soft small" }, visit.room)),
    el("span", { class: "who" }, el("b", {}, patient.name), el("span", { class: "soft" }, number ? t("session_number", { n: number, title }) : title), chip || null),
    el("span", { class: "go" }, icon("forward")),
  ];
  if (reasons.length && status === "empty") {
    const why = el("ul", {}, reasons.map((reason) => el("li", {}, reason)));
    return el("div", { class: "visit blocked" }, inside.slice(0, 2), el("div", { class: "why-not" }, el("b", {}, t("cannot_start")), why));
  }
  return el("button", { type: "button", class: "visit", on: { click: () => app.doing(() => app.enter(each)) } }, inside);
}
