// The line at the top: whose session it is, what was not sent yet and since when, whether the server answers, and when
// it last did. It never says "all sent" while anything waits.

import { el, icon, t } from "./dom.js";
import { skewed } from "./decide.js";

const MINUTE = 60000;
const DAY = 24 * 60;

/** An age in words: "3 min", "2 h", "1 d". */
export function age(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  if (minutes < 60) {
    return t("age_minutes", { n: minutes });
  }
  return minutes < DAY ? t("age_hours", { n: Math.floor(minutes / 60) }) : t("age_days", { n: Math.floor(minutes / DAY) });
}

export function showBar(app) {
  const { state } = app.sync;
  const whose = app.session ? app.session.visit.patient.name : t("the_table");
  document.getElementById("whose").textContent = whose;
  const [chips, line] = [[network(state), waiting(state)], document.getElementById("status")];
  if (line.textContent !== chips.map(({ textContent }) => textContent).join("")) {
    line.replaceChildren(...chips);
  }
}

function network({ online, signIn }) {
  if (signIn) {
    return chip("warn", "lock", t("sign_in_to_send"));
  }
  return online ? chip("ok", "check", t("online")) : chip("warn", "warning", t("offline"));
}

function waiting({ unsent, oldest, contact, fault }) {
  if (unsent) {
    const old = t("unsent_since", { n: unsent, age: age(Date.now() - oldest) });
    return chip(fault || Date.now() - oldest > DAY * MINUTE ? "danger" : "warn", "clock", old);
  }
  return contact ? chip("", "check", t("all_sent")) : chip("", "clock", t("nothing_to_send"));
}

const chip = (kind, picture, words) => el("span", { class: `chip ${kind}` }, icon(picture), words);

/** Opens what the line says at length. */
export function listenToBar(app) {
  const panel = document.getElementById("panel");
  document.querySelector("[data-opens=panel]").addEventListener("click", () => {
    panel.replaceChildren(...details(app, app.sync.state));
    panel.showModal();
  });
}

/** What the line says at length, and what can be done about it. */
function details(app, { unsent, oldest, online, contact, signIn, fault, flags }) {
  const said = [
    [t("server"), signIn ? t("sign_in_to_send") : online ? t("online") : t("offline_goes_on")],
    [t("not_sent"), unsent ? t("unsent_since", { n: unsent, age: age(Date.now() - oldest) }) : t("nothing")],
    [t("last_contact"), contact ? t("ago", { age: age(Date.now() - contact.wall) }) : t("none_yet")],
  ];
  if (contact && skewed(contact.offset)) {
    said.push([t("clock"), t("clock_wrong", { age: age(Math.abs(contact.offset)) })]);
  }
  if (fault) {
    said.push([t("answer"), t("refused_by_server")]);
  }
  flags.forEach(({ flag }) => said.push([t("to_look_at"), t(`flag_${flag}`)]));
  return [
    el("h2", { id: "panel-title" }, t("state_of_tablet")),
    el("dl", { class: "pairs" }, said.map(([term, words]) => [el("dt", {}, term), el("dd", {}, words)])),
    el("div", { class: "actions" }, actions(app, { unsent, signIn })),
  ];
}

function actions(app, { unsent, signIn }) {
  const close = () => document.getElementById("panel").close();
  const does = (label, work) => el("button", { type: "button", class: "button", on: { click: () => { close(); work(); } } }, label);
  return [
    signIn && el("a", { class: "button primary", href: signIn }, t("sign_in")),
    does(t("send_now"), () => app.sync.send()),
    unsent > 0 && does(t("save_sealed"), () => save(app)),
    app.store.key && does(t("lock"), () => app.lock()),
    app.store.key && does(t("give_up"), () => app.doing(() => app.giveUp())),
    does(t("close"), () => null),
  ];
}

async function save(app) {
  const url = URL.createObjectURL(await app.sync.file());
  const link = el("a", { href: url, download: "effleurage-sealed.json" });
  link.click();
  URL.revokeObjectURL(url);
}
