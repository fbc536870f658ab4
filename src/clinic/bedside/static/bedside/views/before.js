// Before the first touch: the checks one by one, the questions of the day, and after each the decision anew.

import { button, el, heading, notice, t, verdictCard } from "../dom.js";
import { checkCard } from "../checks.js";
import { choices, chosen, question } from "../ask.js";
import { contradicted, openGroups } from "../questions.js";
import { checksOpen, lastDecision } from "../seen.js";
import { changeLines, learn } from "../changes.js";
import { untrained } from "../trained.js";
import { decisionReasons, failedChecks, referrals, unknownFacts } from "../reasons.js";

const SHUT = ["withhold", "emergency"];

export function before(app) {
  const { record, content, standing } = app.session;
  if (record.status === "refused") {
    return refusedView(app);
  }
  if (record.doubted.length) {
    return withNews(app, doubtedView(app, record.doubted[0]));
  }
  const open = checksOpen(record);
  const shut = standing && !standing.error && SHUT.includes(standing.verdict);
  if (open.length && !shut) {
    return withNews(app, checkCard(app, open[0], { kind: "measured", progress: t("checks_left", { n: open.length }) }));
  }
  if (standing && standing.error) {
    return conflictView(app);
  }
  const groups = shut ? [] : openGroups(content, standing, answered(app.session));
  return groups.length ? withNews(app, groupView(app, groups)) : verdictView(app);
}

/** What is known and what was said not to be known. */
export function answered({ visit, events }) {
  const [known, skipped] = [new Set(Object.keys(visit.answers)), new Set()];
  for (const { name, answer } of events.filter(({ kind }) => kind === "fact").map(({ data }) => data)) {
    known.add(name);
    answer === null ? skipped.add(name) : skipped.delete(name);
  }
  return { known: new Set([...known].filter((name) => !skipped.has(name))), skipped };
}

const withNews = (app, view) => ({
  ...view,
  controls: [button(t("something_new"), () => app.go("news"), { picture: "add", kind: "quiet" }), ...view.controls],
});

function groupView(app, [group, ...more]) {
  const progress = el("p", { class: "soft progress-words" }, more.length ? t("questions_left", { n: more.length + 1 }) : t("last_question"));
  const view = group.batch ? batchView(app, group) : pageView(app, group);
  return { body: [progress, ...view.body], controls: view.controls };
}

/** Several yes/no questions with "none of these" in one touch. */
function batchView(app, { title, names }) {
  const { facts } = app.session.content;
  const boxes = choices("batch", names.map((name) => [name, facts[name].ask]), () => changed(), { many: true });
  const save = button(t("none_of_these"), () => {
    const yes = chosen(boxes);
    learn(app, names.map((name) => [name, { yes: yes.includes(name) }]));
  }, { kind: "primary", picture: "check" });
  const changed = () => { save.querySelector("span").textContent = chosen(boxes).length ? t("these_are_true") : t("none_of_these"); };
  const skip = button(t("not_known_any"), () => learn(app, names.map((name) => [name, null])));
  return { body: [heading(title), boxes], controls: [skip, save] };
}

/** One question, or a few that are asked together. */
function pageView(app, { title, names }) {
  const view = questionsView(app, names, t("write_down"));
  return { ...view, body: [names.length > 1 ? heading(title) : heading(t("question_of_today")), ...view.body] };
}

/** A check was not in order: what it puts in question is asked at once, whatever was said of it before. */
function doubtedView(app, name) {
  const { record, content } = app.session;
  const { check, note } = record.checks.filter(({ ok, check: each }) => !ok && content.vocabulary.checks[each].fact === name).pop();
  const view = questionsView(app, [name], t("decide_again"));
  const told = notice("warn", t("not_in_order"), note);
  return { ...view, body: [heading(content.vocabulary.checks[check].term), told, ...view.body] };
}

/** The forms of these questions, and the button that writes all their answers down. */
function questionsView(app, names, label) {
  const { facts } = app.session.content;
  const save = button(label, () => learn(app, forms.map(({ read }, at) => [names[at], read().answer])), { kind: "primary", picture: "check", disabled: true });
  const fault = el("p", { class: "fault", role: "alert" });
  const changed = () => {
    const read = forms.map((form) => form.read());
    save.disabled = !read.every(({ ready }) => ready);
    fault.textContent = (read.find((each) => each.fault) || { fault: "" }).fault;
  };
  const forms = names.map((name) => question(name, facts[name], { changed, zone: app.clinic.zone }));
  return { body: [el("div", { class: "stack questions" }, forms.map(({ node }) => node)), fault], controls: [save] };
}

/**
 * The answers contradict each other: nobody is treated by them, before the first touch or after. Asked again are both
 * sides, the bad news and the no that it hangs on, since nobody here can say which of the two is right.
 */
export function conflictView(app) {
  const { content, standing } = app.session;
  const names = contradicted(content, standing.error.where);
  const asked = names.length ? questionsView(app, names, t("decide_again")) : { body: [], controls: [] };
  const told = notice("danger", t("contradiction"), !names.length && standing.error.what);
  return withNews(app, { body: [heading(t("hands_off")), told, ...asked.body], controls: asked.controls });
}

function verdictView(app) {
  const { record, content, standing } = app.session;
  const decision = lastDecision(record);
  const word = content.verdicts[standing.verdict];
  const script = decision && !record.undecided && decision.script && record.ground.script(decision.script);
  if (script && untrained(app.session).length) {
    return untrainedView(app);
  }
  return script ? startView(app, { word, script }) : refuseView(app, { word });
}

/** The limits ask for training that nobody here has: hands off, before the first touch or after. */
export function untrainedView(app) {
  const { record, content, standing } = app.session;
  const told = notice("danger", t("not_trained", { names: untrained(app.session).join(", ") }), t("not_trained_about"));
  const reasons = reasonsCard(standing);
  const [refuse, asked] = [doNotBegin(app), changeAnswer(app)];
  return { body: [heading(t(record.begun ? "hands_off" : "do_not_treat")), told, reasons, unknownFacts(content, standing)], controls: record.begun ? [asked] : [asked, refuse] };
}

function startView(app, { word, script }) {
  const { record, standing, visit, content } = app.session;
  const planned = record.ground.script(record.opened.script);
  const props = [...new Set(script.moments.flatMap((moment) => moment.props))].map((name) => content.vocabulary.props[name].term);
  const facts = el("dl", { class: "pairs" }, [[t("minutes"), script.minutes], [t("steps"), script.moments.filter(({ kind }) => kind === "step").length], [t("props"), props.join(", ") || t("none")]].map(([term, said]) => [el("dt", {}, term), el("dd", {}, String(said))]));
  const changed = changeLines(content, planned, script);
  const start = button(t("begin_treatment"), () => app.tell({ kind: "started", data: {} }, app.session.beginsNext), { kind: "primary", picture: "forward" });
  const told = el("div", { class: "columns" }, el("div", { class: "card" }, el("h2", {}, t("get_ready")), facts), reasonsCard(standing));
  const body = [
    heading(t("ready_to_begin")), verdictCard(standing.verdict, word, visit.title, ""),
    changed.length > 0 && notice("warn", t("differs_from_plan"), el("ul", {}, changed.map((line) => el("li", {}, line)))), told,
  ];
  return withNews(app, { body, controls: [start] });
}

const reasonsCard = (standing) => {
  const reasons = decisionReasons(standing);
  return reasons.length > 0 && el("div", { class: "card" }, el("h2", {}, t("mind")), el("ul", {}, reasons.map((reason) => el("li", {}, reason))));
};

function refuseView(app, { word }) {
  const { standing, content, record } = app.session;
  const controls = record.begun ? [] : [changeAnswer(app), doNotBegin(app)];
  return { body: [heading(t("do_not_treat")), instead(app, word), unknownFacts(content, standing)], controls };
}

const changeAnswer = (app) => button(t("change_an_answer"), () => app.go("news", { change: true }), { picture: "back" });

/** Not begun, by the verdict and the rules that say most. */
function doNotBegin(app) {
  const { standing } = app.session;
  const rules = standing.telling.map(({ rule }) => rule);
  return button(t("do_not_begin"), () => app.tell({ kind: "refused", data: { verdict: standing.verdict, rules } }), { kind: "danger", picture: "cross" });
}

/** The verdict with what to do instead: whom to see and how soon, and why. */
export function instead(app, word) {
  const { standing, content } = app.session;
  const phone = standing.verdict === "emergency" ? app.clinic.emergency_number : "";
  const refer = referrals(content, standing.limits.refer);
  const reasons = decisionReasons(standing);
  return [
    verdictCard(standing.verdict, word, t(`instead_${standing.verdict}`), phone),
    refer.length > 0 && el("div", { class: "card" }, el("h2", {}, t("whom_to_see")), el("ul", {}, refer.map((line) => el("li", {}, line)))),
    reasons.length > 0 && el("div", { class: "card" }, el("h2", {}, t("why")), el("ul", {}, reasons.map((reason) => el("li", {}, reason)))),
  ];
}

/**
 * Why it was not begun: the verdict, or where that would have let them, training that nobody here has (then rules ask
 * for it), or what somebody saw.
 */
function refusedView(app) {
  const { standing, content, record } = app.session;
  const close = button(t("close_session"), () => app.tell({ kind: "closed", data: {} }), { kind: "primary", picture: "check" });
  const seen = () => el("div", { class: "card" }, el("h2", {}, t("not_in_order")), el("ul", {}, failedChecks(content, record).map((line) => el("li", {}, line))));
  const training = () => [
    untrained(app.session).length > 0 && notice("danger", t("not_trained", { names: untrained(app.session).join(", ") })), reasonsCard(standing),
  ];
  const { rules } = record.refusals.at(-1);
  const because = () => (!lastDecision(record).script ? instead(app, content.verdicts[standing.verdict]) : rules.length ? training() : seen());
  return { body: [heading(t("not_begun")), notice("ok", t("written_down")), !standing.error && because()], controls: [close] };
}

