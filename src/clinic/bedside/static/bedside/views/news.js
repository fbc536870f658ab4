// Something new, at any moment: found by words or picked from the short list, answered, decided at once.

import { button, el, heading, icon, t } from "../dom.js";
import { answerWords, question } from "../ask.js";
import { found, mostTelling } from "../questions.js";
import { learn } from "../changes.js";
import { stopButton } from "./run.js";

const [SHORT, MANY] = [8, 30];

export function news(app) {
  const view = app.detail.name ? answerView(app) : pickView(app);
  const stop = app.session.record.begun && app.session.record.status !== "closed";
  return { ...view, stop, controls: [...view.controls, stop && stopButton(app)] };
}

const leave = (app) => button(t("back"), () => app.go(app.stage()), { picture: "back" });

function pickView(app) {
  const { content, standing } = app.session;
  const { change } = app.detail;
  const telling = standing && !standing.error ? mostTelling(content, standing, SHORT) : [];
  const results = el("div", { class: "stack", "aria-live": "polite" });
  const search = el("input", { type: "search", id: "search", autocomplete: "off", on: { input: ({ target }) => show(target.value) } });
  const show = (words) => {
    const names = words.trim() ? found(content, words, MANY) : [];
    const none = words.trim() && !names.length && el("p", { class: "soft" }, t("nothing_found"));
    const most = !names.length && telling.length > 0 && [el("h2", {}, t("most_telling")), rows(app, telling)];
    results.replaceChildren(...[none, most, names.length > 0 && rows(app, names)].flat().filter(Boolean));
  };
  show("");
  const field = el("div", { class: "field" }, el("label", { for: "search" }, t("search_fact")), search);
  const before = toldToday(app);
  const title = heading(t(change ? "change_an_answer" : "what_is_new"));
  return { body: change ? [title, before, field, results] : [title, field, results, before], controls: [leave(app)] };
}

/** What was told in this session, each with its answer, the last first. Whoever came to change one sees it at once. */
function toldToday(app) {
  const { content, events } = app.session;
  const told = new Map();
  events.filter(({ kind }) => kind === "fact").forEach(({ data }) => { told.delete(data.name); told.set(data.name, data.answer); });
  const names = [...told.keys()].reverse();
  const said = (name) => answerWords(content.facts[name], told.get(name));
  return names.length > 0 && el("details", { open: app.detail.change }, el("summary", {}, t("told_today", { n: names.length })), rows(app, names, said));
}

const rows = (app, names, said = () => "") => el("div", { class: "facts" }, names.map((name) => row(app, name, said(name))));

function row(app, name, said) {
  const { change } = app.detail;
  const words = el("span", {}, app.session.content.facts[name].ask, said && el("b", { class: "answer" }, said));
  return el("button", { type: "button", class: "fact", on: { click: () => app.go("news", { name, change }) } }, words, icon("forward"));
}

function answerView(app) {
  const { name, change } = app.detail;
  const { content } = app.session;
  const save = button(t("decide_again"), () => learn(app, [[name, form.read().answer]]), { kind: "primary main", picture: "check", disabled: true });
  const fault = el("p", { class: "fault", role: "alert" });
  const changed = () => {
    const read = form.read();
    [save.disabled, fault.textContent] = [!read.ready, read.fault];
  };
  const form = question(name, content.facts[name], { changed, zone: app.clinic.zone });
  const other = button(t("another_fact"), () => app.go("news", { change }), { picture: "back", kind: "line" });
  return { body: [heading(t(change ? "change_an_answer" : "what_is_new")), form.node, fault], controls: [other, save] };
}
