// The form of one question by its kind, and what was put in as an answer. Ranges, units and options are the content's.

import { el, t } from "./dom.js";
import { localTime, wholeDay } from "./clock.js";

/** Whether an answer is complete, and which: {ready, answer} with null for "not known". `fault` is what is wrong. */
const nothing = { ready: false, answer: null, fault: "" };

/** {node, read} for a fact: `read()` gives {ready, answer, fault}; `changed` is called after each touch. */
export function question(name, fact, { changed, zone }) {
  const form = FORMS[fact.kind](name, fact, changed, zone);
  const help = fact.help && el("p", { class: "help soft", id: `${name}-help` }, fact.help);
  const title = el("legend", {}, fact.ask);
  return { node: el("fieldset", { class: "asked", "aria-describedby": fact.help ? `${name}-help` : null }, title, help, form.node), read: form.read };
}

/** Large cards of which one is chosen. */
export function choices(name, options, changed, { many = false, chosen = [] } = {}) {
  const box = (value, label) =>
    el("label", {}, el("input", { type: many ? "checkbox" : "radio", name, value, checked: chosen.includes(value), on: { change: changed } }), el("span", {}, label));
  return el("div", { class: `choices cards${options.every(([, label]) => label.length < 18) && !many ? " short" : ""}` }, options.map(([value, label]) => box(value, label)));
}

export const chosen = (node) => [...node.querySelectorAll("input:checked")].map(({ value }) => value);

const UNKNOWN = "?";
const NEVER = "!";
const unknown = () => [UNKNOWN, t("not_known")];
const kept = (answer) => ({ ready: true, answer, fault: "" });

function oneOf(name, options, answers, changed) {
  const node = choices(name, [...options, unknown()], changed);
  const read = () => {
    const [value] = chosen(node);
    return value === undefined ? nothing : kept(value === UNKNOWN ? null : answers(value));
  };
  return { node, read };
}

const yesNo = (name, _, changed) =>
  oneOf(name, [["yes", t("yes")], ["no", t("no")]], (value) => ({ yes: value === "yes" }), changed);

const choice = (name, { options }, changed) => oneOf(name, options, (value) => ({ choice: value }), changed);

/** A number as it is typed, as the whole number that stands for it; null where it is none. */
export function scaled(text, { decimals = 0, bad }) {
  const match = /^([-+−]?)(\d{1,7})(?:[.,](\d*))?$/.exec(text.trim());
  if (!match) {
    return null;
  }
  const [, sign, whole, more = ""] = match;
  const exact = Number(`${whole}.${more || 0}`) * 10 ** decimals * (sign && sign !== "+" ? -1 : 1);
  const round = { higher: Math.ceil, lower: Math.floor }[bad] || Math.round;
  return round(Number(exact.toFixed(6))) + 0;
}

/** A field for a number with its unit; `read()` checks it against what is possible at all. */
export function numberField(name, fact, changed, label = "") {
  const text = { type: "text", inputmode: "decimal", autocomplete: "off", id: `${name}-number`, "aria-label": label || fact.ask };
  const field = el("input", { ...text, class: "number", on: { input: changed } });
  const unit = fact.unit_said && el("span", { class: "unit" }, fact.unit_said);
  const read = () => {
    const value = scaled(field.value, fact);
    const [low, high] = fact.possible || [-Infinity, Infinity];
    if (field.value.trim() === "") {
      return nothing;
    }
    if (value === null || value < low || value > high) {
      return { ...nothing, fault: t("no_number") };
    }
    const [from, to] = fact.plausible || [low, high];
    return { ...kept({ number: value }), fault: value < from || value > to ? t("unusual") : "" };
  };
  return { node: el("span", { class: "with-unit" }, field, unit), field, read };
}

function number(name, fact, changed) {
  const others = choices(`${name}-say`, [...(fact.never ? [[NEVER, t("never_measured")]] : []), unknown()], () => {
    typed.field.value = "";
    changed();
  });
  const typed = numberField(name, fact, () => {
    others.querySelectorAll("input").forEach((box) => (box.checked = false));
    changed();
  });
  const read = () => {
    const [value] = chosen(others);
    return value === NEVER ? kept("never") : value === UNKNOWN ? kept(null) : typed.read();
  };
  return { node: el("div", { class: "stack" }, typed.node, others), read };
}

function date(name, fact, changed, zone) {
  const now = localTime(Date.now(), zone);
  const type = fact.time ? "datetime-local" : "date";
  const field = el("input", { type, max: now.slice(0, fact.time ? 16 : 10), "aria-label": fact.ask, on: { input: changed } });
  const others = choices(`${name}-say`, [...(fact.never ? [[NEVER, t("never")]] : []), unknown()], changed);
  const read = () => {
    const [value] = chosen(others);
    if (field.value) {
      return kept({ date: fact.time ? `${field.value}:00`.slice(0, 19) : `${field.value}T00:00:00` });
    }
    return value === NEVER ? kept("never") : value === UNKNOWN ? kept(null) : nothing;
  };
  return { node: el("div", { class: "stack" }, field, others), read };
}

const FEW = 14;
const NONE = "-";

function list(name, fact, changed) {
  const none = choices(`${name}-say`, [[NONE, t("none_of_these")], unknown()], () => {
    boxes.querySelectorAll("input").forEach((box) => (box.checked = false));
    changed();
  });
  const boxes = choices(name, fact.options, () => {
    none.querySelectorAll("input").forEach((box) => (box.checked = false));
    changed();
  }, { many: true });
  const search = fact.options.length > FEW && el("input", { type: "search", "aria-label": t("search"), placeholder: t("search"), on: { input: ({ target }) => sift(boxes, target.value) } });
  const read = () => {
    const [items, [said]] = [chosen(boxes), chosen(none)];
    if (items.length || said === NONE) {
      return kept({ items, complete: true, excerpt: false });
    }
    return said === UNKNOWN ? kept(null) : nothing;
  };
  return { node: el("div", { class: "stack" }, none, search, boxes), read };
}

/** Shows of a long list only what holds these letters, or is chosen. */
function sift(boxes, letters) {
  const wanted = letters.toLowerCase();
  boxes.querySelectorAll("label").forEach((label) => {
    label.hidden = !label.textContent.toLowerCase().includes(wanted) && !label.querySelector("input").checked;
  });
}

/** An answer as it was given, in words. */
export function answerWords(fact, answer) {
  if (answer === null || answer === "never") {
    return t(answer === null ? "not_known" : fact.kind === "date" ? "never" : "never_measured");
  }
  return SAID[fact.kind](fact, answer);
}

const option = ({ options }, value) => (options.find(([name]) => name === value) || [value, value])[1];

const numberWords = ({ decimals = 0, unit_said: unit = "" }, { number: whole }) => {
  const written = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: decimals, useGrouping: false });
  const gap = /^°(\/|$)/.test(unit) ? "" : " "; // an angle has none, as in the core's `quantity`
  return `${written.format(whole / 10 ** decimals)}${gap}${unit}`.trim();
};

const SAID = {
  yes_no: (_, { yes }) => t(yes ? "yes" : "no"),
  whole: numberWords,
  decimal: numberWords,
  choice: (fact, { choice: value }) => option(fact, value),
  date: ({ time }, { date: day }) => [wholeDay(day.slice(0, 10)), time && day.slice(11, 16)].filter(Boolean).join(", "),
  list: (fact, { items }) => items.map((item) => option(fact, item)).join(", ") || t("none_of_these"),
};

const FORMS = { yes_no: yesNo, whole: number, decimal: number, choice, date, list };
