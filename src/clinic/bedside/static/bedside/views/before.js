// Before the first touch: the checks one by one, the questions of the day, and after each the decision anew.

import { button, el, heading, notice, t, verdictCard } from "../dom.js";
import { checkCard } from "../checks.js";
import { choices, chosen, question } from "../ask.js";
import { openGroups, originOf } from "../questions.js";
import { checksOpen, lastDecision } from "../seen.js";
import { changeLines } from "../changes.js";
import { decisionReasons, referrals, unknownFacts } from "../reasons.js";

const SHUT = ["withhold", "emergency"];

export function before(app) {
  const { record, content, standing, conflict } = app.session;
  if (record.status === "refused") {
    return refusedView(app);
  }
  const open = checksOpen(record);
  const shut = standing && !standing.error && SHUT.includes(standing.verdict);
  if (open.length && !shut) {
    return withNews(app, checkCard(app, open[0], { kind: "measured", progress: t("checks_left", { n: open.length }) }));
  }
  if (conflict || (standing && standing.error)) {
    return conflictView(app, conflict || standing.error);
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
  controls: [button(t("something_new"), () => app.go("news", { from: "before" }), { picture: "add", kind: "quiet" }), ...view.controls],
});

const fact = (app, name, answer) => ({ kind: "fact", data: { name, answer, origin: originOf(app.session.content.facts[name]) } });

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
    app.tell(...names.map((name) => fact(app, name, { yes: yes.includes(name) })), app.session.decides);
  }, { kind: "primary", picture: "check" });
  const changed = () => { save.querySelector("span").textContent = chosen(boxes).length ? t("these_are_true") : t("none_of_these"); };
  const skip = button(t("not_known_any"), () => app.tell(...names.map((name) => fact(app, name, null)), app.session.decides));
  return { body: [heading(title), boxes], controls: [skip, save] };
}

/** One question, or a few that are asked together. */
function pageView(app, { title, names }) {
  const { facts } = app.session.content;
  const save = button(t("write_down"), () => app.tell(...forms.map(({ read }, at) => fact(app, names[at], read().answer)), app.session.decides), { kind: "primary", picture: "check", disabled: true });
  const fault = el("p", { class: "fault", role: "alert" });
  const changed = () => {
    const read = forms.map((form) => form.read());
    save.disabled = !read.every(({ ready }) => ready);
    fault.textContent = (read.find((each) => each.fault) || { fault: "" }).fault;
  };
  const forms = names.map((name) => question(name, facts[name], { changed, zone: app.clinic.zone }));
  const head = names.length > 1 ? heading(title) : heading(t("question_of_today"));
  return { body: [head, el("div", { class: "stack questions" }, forms.map(({ node }) => node)), fault], controls: [save] };
}

/** The answers contradict each other: nobody is treated by them, and the one in question is asked again. */
function conflictView(app, { where, what }) {
  const known = where in app.session.content.facts && app.session.content.facts[where].ask;
  const view = known ? pageView(app, { title: "", names: [where] }) : { body: [heading(t("contradiction"))], controls: [] };
  return withNews(app, { body: [notice("danger", t("contradiction"), known ? "" : what), ...view.body], controls: view.controls });
}

function verdictView(app) {
  const { record, content, standing } = app.session;
  const decision = lastDecision(record);
  const word = content.verdicts[standing.verdict];
  const script = decision && !record.undecided && decision.script && record.ground.script(decision.script);
  return script ? startView(app, { word, script }) : refuseView(app, { word });
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
  const rules = standing.telling.map(({ rule }) => rule);
  const refuse = button(t("do_not_begin"), () => app.tell({ kind: "refused", data: { verdict: standing.verdict, rules } }), { kind: "danger", picture: "cross" });
  const asked = button(t("change_an_answer"), () => app.go("news", { from: "before" }), { picture: "back" });
  return { body: [heading(t("do_not_treat")), instead(app, word), unknownFacts(content, standing)], controls: record.begun ? [] : [asked, refuse] };
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

function refusedView(app) {
  const { standing, content } = app.session;
  const close = button(t("close_session"), () => app.tell({ kind: "closed", data: {} }), { kind: "primary", picture: "check" });
  return { body: [heading(t("not_begun")), notice("ok", t("written_down")), instead(app, content.verdicts[standing.verdict])], controls: [close] };
}

