// Building what is shown: elements, the words of the shell, icons. No text of a language stands in any script.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = ["value", "checked", "disabled", "hidden", "textContent"];

/** An element: attributes by name, `on` for what it listens to, children as nodes or texts; null and false are left out. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(made, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (PROPERTIES.includes(name)) {
      made[name] = value;
    } else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? "" : value);
    }
  }
  Object.entries(on).forEach(([name, work]) => made.addEventListener(name, work));
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const template = (id) => document.getElementById(id).content;
let words = null;

/** A sentence of the shell by its name, with values in its braces. */
export function t(name, values = {}) {
  words = words || new Map([...template("words").children].map((each) => [each.dataset.word, each.textContent]));
  if (!words.has(name)) {
    throw new Error(`no words for ${name}`);
  }
  return words.get(name).replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

export const icon = (name) => template("icons").querySelector(`[data-icon="${name}"]`).firstElementChild.cloneNode(true);
export const shape = (verdict) => template("icons").querySelector(`[data-shape="${verdict}"]`).firstElementChild.cloneNode(true);
export const drawing = (view) => template("drawings").querySelector(`[id$="-${view}"]`).cloneNode(true);

/** A large control: words, what it does, and its kind ("primary", "danger", "quiet" or ""). */
export function button(label, work, { kind = "", picture = "", ...more } = {}) {
  const inside = [picture && icon(picture), el("span", {}, label)].filter(Boolean);
  return el("button", { type: "button", class: `button ${kind}`, on: { click: work }, ...more }, ...inside);
}

export const heading = (text, ...more) => el("h1", { tabindex: "-1", id: "title" }, text, ...more);

/** A notice: kind is info, ok, warn or danger. */
export function notice(kind, title, ...lines) {
  const picture = { ok: "check", warn: "warning", danger: "warning" }[kind] || "info";
  const said = lines.filter(Boolean).map((line) => (typeof line === "string" ? el("p", {}, line) : line));
  return el("div", { class: `notice ${kind}` }, icon(picture), el("div", {}, title && el("p", { class: "title" }, title), ...said));
}

/** The large verdict with its shape, its word, what follows from it and, in an emergency, whom to call. */
export function verdictCard(name, word, headline, phone) {
  const call = phone && el("p", { class: "phone" }, el("a", { href: `tel:${phone}` }, t("call", { phone })));
  const said = [el("h2", {}, el("span", { class: "word" }, word)), headline && el("p", { class: "headline" }, headline), call];
  return el("div", { class: `decision verdict-${name}` }, shape(name), el("div", {}, ...said.filter(Boolean)));
}

export const lowerFirst = (text) => text.charAt(0).toLowerCase() + text.slice(1);
