// After Stop: why, and what to do now, in large type. Not what was planned, but what the patient needs.

import { button, el, heading, notice, t } from "../dom.js";
import { choices, chosen } from "../ask.js";
import { plainWords } from "../events.js";
import { digits } from "../clock.js";
import { barred, notDelivered, stopOf } from "../seen.js";
import { callsForHelp, ownReferral } from "../reasons.js";
import { may } from "../guard.js";

const OTHER = "other";

export function stopped(app) {
  const { record } = app.session;
  const unsaid = stopOf(record).rule === "unsaid";
  return unsaid || app.detail.more ? reasonView(app, unsaid) : actView(app);
}

function reasonView(app, first) {
  const { record, content } = app.session;
  const { stop_rules: rules } = content.vocabulary;
  const script = record.ground.script(record.script);
  const names = script && script.stop_rules.length ? script.stop_rules : Object.keys(rules);
  const say = (rule, words) => app.tell({ kind: "stopped", data: { rule, words } });
  const alarming = names.filter((name) => rules[name].alarming === "yes");
  const touch = (name) => button(rules[name].term, () => say(name, ""), { kind: "reason" });
  const group = (title, of, kind) => of.length > 0 && el("section", { class: `reasons ${kind}` }, el("h2", {}, title), el("div", {}, of.map(touch)));
  const words = el("textarea", { id: "words", rows: 2, maxlength: 2000, on: { input: () => { other.disabled = !words.value.trim(); } } });
  const other = button(t("another_reason"), () => say(OTHER, plainWords(words.value)), { disabled: true });
  const own = el("section", { class: "reasons" }, el("div", { class: "field" }, el("label", { for: "words" }, t("another_reason_words")), words), other);
  const body = [
    heading(t("stopped_why")), first && notice("danger", t("hands_off"), t("stopped_is_written")),
    group(t("reasons_alarming"), alarming, "alarm"), group(t("reasons_other"), names.filter((name) => !alarming.includes(name)), ""), own,
  ];
  return { body, controls: [help(app), !first && button(t("back"), () => app.go("stopped"), { picture: "back" })] };
}

const help = (app) => el("a", { class: "button danger help", href: `tel:${app.clinic.emergency_number}` }, t("call", { phone: app.clinic.emergency_number }));

function actView(app) {
  const { record, content } = app.session;
  const stop = stopOf(record);
  const rule = content.vocabulary.stop_rules[stop.rule] || { term: stop.words, means: t("stop_other_act") };
  const [shut, calls] = [barred(record), callsForHelp(rule)];
  const refer = ownReferral(content, rule);
  const body = [
    heading(t("what_to_do_now")),
    el("div", { class: `act ${shut ? "alarm" : ""}` }, el("p", { class: "soft" }, rule.term), el("p", { class: "act-words" }, rule.means), calls && help(app)),
    refer.length > 0 && el("ul", { class: "refer" }, refer.map((line) => el("li", {}, line))),
    shut && notice("danger", t("course_locked"), t("course_locked_about")),
    lacking(record),
  ];
  const goes = may(record, "resumed", { asked: true }) && button(t("asked_goes_on"), () => app.tell({ kind: "resumed", data: { asked: true } }), { picture: "forward" });
  const more = button(t("another_reason"), () => app.go("stopped", { more: true }), { picture: "add" });
  const on = button(t("to_aftercare"), () => { app.session.cared = true; app.go("after"); }, { kind: "primary main", picture: "forward" });
  return { body, controls: [!calls && help(app), more, goes, on] };
}

/** What was planned and not given. */
export function lacking(record) {
  const rows = notDelivered(record);
  return rows.length > 0 && el("details", { class: "lacking" }, el("summary", {}, t("not_delivered", { n: rows.length })), el("ul", {}, rows.map(({ part, seconds }) => el("li", {}, t("missing_of", { step: part.moment.title, time: digits(seconds) })))));
}
