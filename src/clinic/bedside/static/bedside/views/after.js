// Afterwards: sitting and standing, the numbers once more, how it was borne, what the patient is told; then the end.

import { button, el, heading, icon, notice, t } from "../dom.js";
import { choices, chosen } from "../ask.js";
import { checkCard } from "../checks.js";
import { digits } from "../clock.js";
import { plainWords } from "../events.js";
import { callsForHelp, failedChecks, ownReferral } from "../reasons.js";
import { notGiven, shorter, takenOut } from "../balance.js";
import { regionWords } from "../bodymap.js";
import { checksOpen, delivered, lastDecision, stopOf } from "../seen.js";
import { stopButton } from "./run.js";
import { age } from "../bar.js";

export function after(app) {
  const { record } = app.session;
  const open = app.detail.left ? [] : checksOpen(record, "after");
  const view = open.length ? checkView(app, open) : record.reactions.length ? careView(app) : reactionView(app);
  const stop = record.status === "finished";
  return { ...view, stop, controls: [...view.controls, stop && stopButton(app)] };
}

/** After a stop the checks may have to wait for the ambulance. */
function checkView(app, open) {
  const view = checkCard(app, open[0], { kind: "after", progress: t("checks_after_left", { n: open.length }) });
  const wait = app.session.record.status === "stopped" && button(t("checks_later"), () => app.go("after", { left: true }), { kind: "quiet" });
  return { body: view.body, controls: [wait, ...view.controls] };
}

function reactionView(app) {
  const { reactions } = app.session.content.vocabulary;
  const boxes = choices("reaction", Object.entries(reactions).map(([name, { term }]) => [name, term]), () => { save.disabled = false; });
  const words = el("textarea", { id: "words", rows: 2, maxlength: 2000 });
  const said = el("div", { class: "field" }, el("label", { for: "words" }, t("in_words")), words);
  const save = button(t("write_down"), () => app.tell({ kind: "reaction", data: { name: chosen(boxes)[0], words: plainWords(words.value) } }), { kind: "primary main", picture: "check", disabled: true });
  return { body: [heading(t("how_borne")), el("p", { class: "lead" }, t("how_borne_about")), boxes, said], controls: [save] };
}

function careView(app) {
  const { record, content, visit } = app.session;
  const { vocabulary } = content;
  const script = record.ground.script(record.script) || { expected: [], follow_up: [] };
  const last = record.reactions[record.reactions.length - 1];
  const reaction = vocabulary.reactions[last.name] || { term: last.name };
  const close = button(t("close_session"), () => app.tell({ kind: "closed", data: {} }), { kind: "primary main", picture: "check" });
  const more = button(t("another_reaction"), () => app.go("after", { again: true, left: true }), { picture: "add" });
  const listed = (title, lines) => lines.length > 0 && el("div", { class: "card" }, el("h2", {}, title), el("ul", {}, lines.map((line) => el("li", {}, line))));
  if (app.detail.again) {
    return reactionView(app);
  }
  const body = [
    heading(t("tell_patient")),
    reaction.next === "lock" && el("div", { class: "act alarm" }, el("p", { class: "act-words" }, reaction.term), callsForHelp(reaction) && el("a", { class: "button danger help", href: `tel:${app.clinic.emergency_number}` }, t("call", { phone: app.clinic.emergency_number }))),
    reaction.next === "lock" && notice("danger", t("course_locked"), t("course_locked_about")),
    el("div", { class: "columns" },
      listed(t("may_feel"), script.expected.map((name) => vocabulary.expected[name].means)),
      listed(t("call_us_if"), alarming(vocabulary)),
      listed(t("see_now"), ownReferral(content, reaction)),
      listed(t("we_ask_later"), script.follow_up.map((name) => vocabulary.checks[name].term))),
    app.clinic.phone && el("p", { class: "lead" }, t("clinic_phone", { clinic: app.clinic.name, phone: app.clinic.phone })),
    visit.patient.guardian && notice("info", t("tell_guardian", { name: visit.patient.guardian })),
  ];
  return { body, controls: [more, close] };
}

/** The reactions after which nobody goes on: what the patient must not keep to themselves. */
const alarming = (vocabulary) => Object.values(vocabulary.reactions).filter(({ next }) => next === "lock").map(({ term }) => term);

/** The record in short, and whether the server has it. */
export function end(app) {
  const { record, content } = app.session;
  const { vocabulary } = content;
  const planned = record.parts.filter(({ state }) => state !== "replaced").reduce((sum, { moment }) => sum + moment.seconds, 0);
  const stop = stopOf(record);
  const rows = [
    [t("delivered"), record.begun ? t("of_whole", { done: digits(delivered(record)), whole: digits(planned) }) : t("not_begun")],
    stop && [t("stopped"), (vocabulary.stop_rules[stop.rule] || { term: stop.words }).term],
    ...lackingRows(record, vocabulary),
    [t("not_in_order"), failedChecks(content, record)],
    ...record.reactions.map(({ name, words }) => [t("reaction"), [(vocabulary.reactions[name] || { term: name }).term, words].filter(Boolean).join(". ")]),
    ...record.refusals.filter(() => !lastDecision(record).script).map(({ verdict }) => [t("not_begun"), content.verdicts[verdict]]),
  ].filter((row) => row && row[1].length);
  const sent = el("div", { class: "sent-state" });
  const tick = () => showSent(app, sent);
  tick();
  const body = [heading(t("session_closed")), sent, el("dl", { class: "pairs" }, rows.map(([term, said]) => [el("dt", {}, term), el("dd", {}, lines(said))])), el("p", { class: "soft" }, t("note_waits"))];
  return { body, tick, controls: [button(t("to_visits"), () => { app.leave(); app.go("visits"); }, { kind: "primary main", picture: "forward" })] };
}

/** What was planned and not done as planned, by its reason: a person left it out, time was short, or a new plan took it. */
function lackingRows(record, vocabulary) {
  const skipped = record.parts.filter(({ state }) => state === "skipped");
  const where = ({ title, regions, whole }) => (whole ? title : t("change_region", { step: title, regions: regionWords(vocabulary, regions).join(", ") }));
  return [
    [t("left_out"), skipped.map(({ moment, reason }) => `${moment.title}: ${t(`skip_${reason}`)}`)],
    [t("not_given"), notGiven(record).map(({ part, seconds }) => t("missing_of", { step: part.moment.title, time: digits(seconds) }))],
    [t("cut_short"), shorter(record).map(({ part, seconds }) => `${part.moment.title}: ${t("of_whole", { done: digits(seconds), whole: digits(part.moment.seconds) })}`)],
    [t("taken_out"), takenOut(record).map(where)],
  ];
}

const lines = (said) => (typeof said === "string" ? said : el("ul", { class: "lines" }, said.map((line) => el("li", {}, line))));

function showSent(app, node) {
  const { unsent, oldest } = app.sync.state;
  const words = unsent ? t("unsent_since", { n: unsent, age: age(Date.now() - oldest) }) : t("all_sent");
  if (node.textContent !== words) {
    node.replaceChildren(el("span", { class: `chip ${unsent ? "warn" : "ok"}` }, icon(unsent ? "clock" : "check"), words));
  }
}
