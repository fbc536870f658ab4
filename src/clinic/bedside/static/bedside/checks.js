// One check at a time, as a card with its controls: in order or not, a number, or what the patient said.

import { button, el, heading, icon, t } from "./dom.js";
import { numberField } from "./ask.js";
import { plainWords } from "./events.js";
import { numbersOf } from "./measures.js";
import { factEvent } from "./questions.js";
import { lastDecision } from "./seen.js";

/** From 0 to this many, a number is chosen by a touch and not typed. */
const FEW = 10;

/** {body, controls} of a check. `tell` writes its events; `kind` is "measured" before and "after" afterwards. */
export function checkCard(app, name, { kind, progress }) {
  const numbers = numbersOf(app.session.content, name);
  return (numbers.length ? numberCheck : markCheck)(app, name, { kind, progress, numbers });
}

function titled(app, name, progress) {
  const { term, means } = app.session.content.vocabulary.checks[name];
  return [el("p", { class: "soft progress-words" }, progress), heading(term), el("p", { class: "lead" }, means)];
}

const checked = (check, ok, note = "") => ({ kind: "checked", data: { check, ok, note: plainWords(note) } });

function markCheck(app, name, { progress }) {
  const note = el("textarea", { id: "note", rows: 3, maxlength: 2000, on: { input: () => ways.forEach((way) => way.changed()) } });
  const seen = el("div", { class: "field", hidden: true }, el("label", { for: "note" }, t("what_was_seen")), note);
  const ways = waysOn(app, name, note);
  const fine = button(t("in_order"), () => app.tell(checked(name, true)), { kind: "primary", picture: "check" });
  const wrong = button(t("not_in_order"), () => {
    [seen.hidden, fine.hidden, wrong.hidden] = [false, true, true];
    ways.forEach((way) => { way.hidden = false; });
    note.focus();
  }, { picture: "cross" });
  return { body: [titled(app, name, progress), seen], controls: [wrong, fine, ...ways] };
}

/**
 * How it goes on after a check that is not in order. Where it puts a fact in question, the next page asks for that, and
 * the answer decides. Before the first touch, what no rule can judge is judged by whoever saw it: in words, and by one
 * of two buttons that say what follows.
 */
function waysOn(app, name, note) {
  const { record, content, standing, decides } = app.session;
  const found = () => checked(name, false, note.value);
  if (record.begun || content.vocabulary.checks[name].fact) {
    return [way(t("write_down"), () => app.tell(found(), !record.begun && decides), { kind: "primary" })];
  }
  const refused = (draft) => ({ kind: "refused", data: { verdict: lastDecision(draft.record).verdict, rules: [] } });
  const said = () => plainWords(note.value) !== "";
  return [
    !standing.error && way(t("do_not_begin"), () => app.tell(found(), decides, refused), { kind: "danger", picture: "cross", said }),
    way(t("go_on_all_the_same"), () => app.tell(found(), decides), { kind: "primary", said }),
  ].filter(Boolean);
}

/** A button that is not there yet, and that waits for words where `said` asks for them. */
function way(label, work, { said = () => true, ...look }) {
  const made = button(label, work, { ...look, hidden: true, disabled: !said() });
  made.changed = () => { made.disabled = !said(); };
  return made;
}

function numberCheck(app, name, { kind, progress, numbers }) {
  const save = button(t("write_down"), () => app.tell(...events()), { kind: "primary", picture: "check", disabled: true });
  const changed = () => {
    const read = fields.map((field) => field.read());
    save.disabled = !read.every(({ ready }) => ready);
    fault.textContent = (read.find((each) => each.fault) || { fault: "" }).fault;
  };
  const fields = numbers.map((number) => numberOf(number, changed));
  const fault = el("p", { class: "fault", role: "alert" });
  const events = () => numberEvents(app, name, kind, numbers, fields.map((field) => field.read().answer.number));
  const decides = kind === "measured" ? app.session.decides : null;
  const without = button(t("not_measured"), () => app.tell(...unknowns(app.session.content, kind, numbers), checked(name, false, t("not_measured")), decides), { picture: "cross" });
  return { body: [titled(app, name, progress), el("div", { class: "numbers" }, fields.map(({ node }) => node)), fault], controls: [without, save] };
}

/** A number to type, or to touch where there are few. */
function numberOf({ name, fact }, changed) {
  const [low, high] = fact.possible || [0, Infinity];
  return high - low <= FEW && !fact.decimals ? scale(name, fact, low, high, changed) : labelled(name, fact, changed);
}

function labelled(name, fact, changed) {
  const field = numberField(name, fact, changed);
  return { node: el("div", { class: "field" }, el("label", { for: `${name}-number` }, fact.ask), field.node), read: field.read };
}

function scale(name, fact, low, high, changed) {
  const digit = (number) => el("label", {}, el("input", { type: "radio", name, value: number, on: { change: changed } }), el("span", {}, String(number)));
  const boxes = Array.from({ length: high - low + 1 }, (_, at) => digit(low + at));
  const node = el("fieldset", { class: "scale" }, el("legend", {}, fact.ask), el("div", {}, boxes));
  const read = () => {
    const found = node.querySelector("input:checked");
    return { ready: Boolean(found), answer: found && { number: Number(found.value) }, fault: "" };
  };
  return { node, read };
}

/** Before the treatment a number is a fact for the decision as well; afterwards it is for the note and the next time. */
function numberEvents(app, check, kind, numbers, values) {
  const measures = numbers.map(({ name, fact }, at) =>
    ({ kind, data: { what: name, value: values[at], decimals: fact.decimals || 0, unit: fact.unit || "", check } }));
  const { content } = app.session;
  const facts = numbers.map(({ name, known }, at) => known && factEvent(content, name, { number: values[at] }));
  return kind === "measured" ? [...facts, ...measures, app.session.decides] : measures;
}

const unknowns = (content, kind, numbers) =>
  numbers.map(({ name, known }) => kind === "measured" && known && factEvent(content, name, null));

/** The checks to keep in mind while working. */
export function watching(vocabulary, names) {
  return names.length > 0 && el("ul", { class: "watch" }, names.map((name) => el("li", { title: vocabulary.checks[name].means }, icon("info"), el("span", {}, vocabulary.checks[name].term))));
}
