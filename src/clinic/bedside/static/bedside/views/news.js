// Something new, at any moment: found by words or picked from the short list, answered, decided at once.

import { button, el, heading, icon, t } from "../dom.js";
import { question } from "../ask.js";
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
  const { content, standing, events } = app.session;
  const telling = standing && !standing.error ? mostTelling(content, standing, SHORT) : [];
  const told = [...new Set(events.filter(({ kind }) => kind === "fact").map(({ data }) => data.name))];
  const results = el("div", { class: "facts", "aria-live": "polite" });
  const search = el("input", { type: "search", id: "search", autocomplete: "off", on: { input: ({ target }) => show(target.value) } });
  const show = (words) => {
    const names = words.trim() ? found(content, words, MANY) : telling;
    const none = words.trim() && !names.length && el("p", { class: "soft" }, t("nothing_found"));
    results.replaceChildren(...[none, ...names.map((name) => row(app, name))].filter(Boolean));
  };
  show("");
  const before = told.length > 0 && el("details", {}, el("summary", {}, t("told_today", { n: told.length })), el("div", { class: "facts" }, told.map((name) => row(app, name))));
  return { body: [heading(t("what_is_new")), el("div", { class: "field" }, el("label", { for: "search" }, t("search_fact")), search), results, before], controls: [leave(app)] };
}

const row = (app, name) =>
  el("button", { type: "button", class: "fact", on: { click: () => app.go("news", { name }) } }, el("span", {}, app.session.content.facts[name].ask), icon("forward"));

function answerView(app) {
  const { name } = app.detail;
  const { content } = app.session;
  const save = button(t("decide_again"), () => learn(app, [[name, form.read().answer]]), { kind: "primary main", picture: "check", disabled: true });
  const fault = el("p", { class: "fault", role: "alert" });
  const changed = () => {
    const read = form.read();
    [save.disabled, fault.textContent] = [!read.ready, read.fault];
  };
  const form = question(name, content.facts[name], { changed, zone: app.clinic.zone });
  const other = button(t("another_fact"), () => app.go("news"), { picture: "back", kind: "line" });
  return { body: [heading(t("what_is_new")), form.node, fault], controls: [other, save] };
}
