// The parts of the page of a running step: the drawn body, the step in words, the time, and what to ask the patient.

import { button, el, heading, icon, notice, svg, t } from "./dom.js";
import { bodyPicture, regionWords, sideOf, viewOf } from "./bodymap.js";
import { watching } from "./checks.js";
import { digits } from "./clock.js";
import { currentParts, delivered } from "./seen.js";

const RADIUS = 54;
const AROUND = 2 * Math.PI * RADIUS;

/** The position as one says it: "Side-lying, on the left". */
export function positionWords(vocabulary, { position, lying }) {
  const { term } = vocabulary.positions[position];
  return lying ? t(`lying_${lying}`, { position: term }) : term;
}

/** The drawing of a moment, as the therapist sees the patient, with the side in words below it. */
export function lookedAt(app, { moment }) {
  const { content, standing, visit } = app.session;
  const { vocabulary } = content;
  const regions = moment.touches.map(([region]) => region);
  const view = viewOf(vocabulary, regions, moment.position);
  const touched = Object.fromEntries(moment.touches.map(([region, , level]) => [region, level]));
  const shut = standing && standing.limits ? Object.keys(standing.limits.pressure).filter((name) => standing.limits.pressure[name] === 0) : [];
  const wished = Object.keys(vocabulary.regions).filter((name) => wishes(visit).has(name) || wishes(visit).has(vocabulary.regions[name].base));
  const side = regions.length ? el("p", { class: "side-words" }, t(`side_${sideOf(vocabulary, regions)}`)) : null;
  const picture = bodyPicture({ vocabulary, view, touched, closed: [...shut, ...wished] });
  const sides = el("p", { class: "sides", "aria-hidden": "true" }, (view === "back" ? ["left", "right"] : ["right", "left"]).map((each) => el("span", {}, t(`patients_${each}`))));
  return el("figure", { class: "looked-at" }, sides, picture, el("figcaption", {}, side, el("p", { class: "small soft" }, t(`seen_from_${view}`))));
}

const wishes = (visit) => new Set(visit.wishes);

/** What to do, where, how firmly, and how the patient lies. */
export function stepCard(app, part) {
  const { vocabulary } = app.session.content;
  const { moment } = part;
  return moment.kind === "turn" ? turnCard(vocabulary, moment) : workCard(app, vocabulary, moment);
}

function turnCard(vocabulary, moment) {
  return el("div", { class: "words" }, heading(moment.title), el("p", { class: "to-position" }, t("turn_to", { position: positionWords(vocabulary, moment) })), el("p", { class: "lead" }, vocabulary.turn.means || vocabulary.turn.how || ""), el("p", { class: "turn-props" }, propWords(vocabulary, vocabulary.positions[moment.position].props ? vocabulary.positions[moment.position].props.split(",") : [])));
}

const propWords = (vocabulary, props) => (props.length ? t("props_are", { props: props.map((name) => vocabulary.props[name].term).join(", ") }) : t("no_props"));

function workCard(app, vocabulary, moment) {
  const { record, visit } = app.session;
  const regions = moment.touches.map(([region]) => region);
  const wished = regions.filter((name) => wishes(visit).has(name) || wishes(visit).has(vocabulary.regions[name].base));
  const script = record.ground.script(record.script);
  const rows = [
    ...ways(vocabulary, moment),
    [t("position"), positionWords(vocabulary, moment)],
    [t("props"), moment.props.map((name) => vocabulary.props[name].term).join(", ")],
  ].filter(([, said]) => said && said.length !== 0);
  return el("div", { class: "words" },
    heading(moment.title),
    el("p", { class: "where" }, regionWords(vocabulary, regions).join(" · ")),
    wished.length > 0 && notice("danger", t("wished_alone", { regions: regionWords(vocabulary, wished).join(", ") }), t("wished_how", { skip: t("skip") })),
    pressure(vocabulary, moment),
    el("dl", { class: "pairs how" }, rows.map(([term, said]) => [el("dt", {}, term), el("dd", {}, said)])),
    feelings(vocabulary, script));
}

/** How a technique is done in a moment. A script that an earlier program left on the tablet has no words for it. */
const mannerOf = ({ manners = {} }, name) => manners[name] || "";

const used = ({ touches }) => [...new Set(touches.map(([, technique]) => technique))];

/**
 * The technique and how it is done, which each has its own words for. Where hands do not the same everywhere, each way
 * is told whole with its regions, so that nobody puts the words of one to the place of another.
 */
function ways(vocabulary, moment) {
  const names = used(moment);
  const term = (name) => el("b", {}, vocabulary.techniques[name].term);
  if (names.length < 2) {
    return [[t("technique"), names.map(term)], [t("rhythm"), mannerOf(moment, names[0])]];
  }
  const where = (name) => regionWords(vocabulary, moment.touches.filter(([, each]) => each === name).map(([region]) => region)).join(", ");
  const way = (name) => el("li", {}, term(name), el("span", { class: "way-where" }, where(name)), el("span", { class: "way-how" }, mannerOf(moment, name)));
  return [[t("technique"), el("ul", { class: "ways" }, names.map(way))]];
}

/** The highest pressure as number, lightness and word; by region where they differ. */
function pressure(vocabulary, { touches }) {
  const levels = [...new Set(touches.map(([, , level]) => level))].sort((one, other) => other - one);
  const shown = levels.map((level) => {
    const regions = touches.filter(([, , each]) => each === level).map(([region]) => region);
    const where = levels.length > 1 && el("span", { class: "small soft" }, regionWords(vocabulary, regions).join(", "));
    return el("li", {}, el("span", { class: `swatch swatch-${level}` }, el("b", {}, String(level))), el("span", {}, el("b", { class: "word" }, vocabulary.levels[level].term), where));
  });
  return el("div", { class: "pressure" }, el("p", { class: "small soft" }, t("at_most")), el("ul", { class: "levels" }, shown));
}

/** What may be felt, apart from what ends the session at once, and that from what ends it for today. */
function feelings(vocabulary, script) {
  const of = (names, kind) => el("ul", {}, names.map((name) => el("li", {}, vocabulary[kind][name].term)));
  const ends = (name) => vocabulary.stop_rules[name].alarming === "yes";
  const [alarming, others] = [script.stop_rules.filter(ends), script.stop_rules.filter((name) => !ends(name))];
  const group = (kind, title, names, list) => names.length > 0 && el("div", { class: kind }, el("h2", {}, title), of(names, list));
  const shown = ({ target }) => target.open && target.scrollIntoView({ block: "nearest" });
  return el("details", { class: "feelings", on: { toggle: shown } }, el("summary", {}, t("felt")),
    el("div", { class: "two" },
      el("div", { class: "stack" }, group("alarm", t("stop_at_once"), alarming, "stop_rules")),
      el("div", { class: "stack" }, group("think", t("stop_and_think"), others, "stop_rules"), group("", t("expected"), script.expected, "expected"))),
    watching(vocabulary, script.during));
}

/** The time left as large digits in a ring, the session's whole time, and what comes next. */
export function timeCard(app, part, held) {
  const { record, content } = app.session;
  const place = record.parts.indexOf(part);
  const ring = svg("circle", { class: "ring", cx: 60, cy: 60, r: RADIUS, "stroke-dasharray": AROUND });
  const left = el("span", { class: "digits", role: "timer", "aria-label": t("time_left") });
  const whole = el("p", { class: "whole small soft" });
  const card = el("div", { class: `time${held ? " held" : ""}`, "data-clock": true },
    el("div", { class: "dial" }, svg("svg", { viewBox: "0 0 120 120", "aria-hidden": "true" }, svg("circle", { class: "ground", cx: 60, cy: 60, r: RADIUS }), ring), left, el("span", { class: "dial-words small soft" }, held ? t("held") : t("left"))),
    whole, following(content.vocabulary, record, part));
  card.showTime = (now) => {
    const { milliseconds, moment } = now.parts[place] || part;
    const rest = Math.ceil((moment.seconds * 1000 - milliseconds) / 1000);
    left.textContent = digits(rest);
    card.classList.toggle("over", rest < 0);
    ring.setAttribute("stroke-dashoffset", String(AROUND * (1 - Math.max(0, rest) / moment.seconds)));
    whole.textContent = t("of_whole", { done: digits(delivered(now)), whole: digits(planned(now)) });
  };
  card.showTime(app.session.now);
  return card;
}

const planned = (record) => record.parts.reduce((sum, { state, moment, milliseconds }) =>
  sum + (state === "replaced" ? Math.floor(milliseconds / 1000) : moment.seconds), 0);

function following(vocabulary, record, part) {
  const next = currentParts(record).slice(part.index + 1).find(({ state }) => state === "waiting" || state === "partial");
  if (!next) {
    return el("p", { class: "next" }, el("span", { class: "small soft" }, t("next")), el("b", {}, t("the_end")));
  }
  const { moment } = next;
  const what = moment.kind === "turn" ? t("turn_to", { position: positionWords(vocabulary, moment) }) : moment.title;
  return el("p", { class: "next" }, el("span", { class: "small soft" }, t("next")), el("b", {}, what), el("span", { class: "small soft" }, digits(moment.seconds)));
}

const WELL = "comfortable";
const ANSWERS = [WELL, "lighter", "uncomfortable"];

/**
 * What to ask at this moment, until it has been asked; then what was said. An answer that calls for hands to change
 * something comes before the next question: one that only vanished under the next would look as if nothing followed.
 */
export function comfortCard(app, part) {
  const { events } = app.session;
  const began = events.map(({ kind }) => kind).lastIndexOf("step_began");
  const asked = events.slice(began).filter(({ kind }) => kind === "comfort").map(({ data }) => data);
  const open = part.moment.checks.find((name) => !asked.some(({ check }) => check === name));
  const last = asked[asked.length - 1];
  if (last && last.answer !== WELL) {
    return changeCard(app, last);
  }
  return open ? askCard(app, open) : last ? card("said", el("p", {}, t("said_comfortable"))) : null;
}

const card = (kind, ...inside) => el("section", { class: `ask-now ${kind}`, "aria-label": t("ask_now") }, inside);
const tells = (app, check, answer) => () => app.tell({ kind: "comfort", data: { check, answer, words: "" } });

function askCard(app, check) {
  const { record, content } = app.session;
  const disabled = record.status !== "running" && record.status !== "held";
  const answers = ANSWERS.map((answer) => button(t(`comfort_${answer}`), tells(app, check, answer), { disabled }));
  return card("", el("p", {}, content.vocabulary.checks[check].means), el("div", { class: "answers" }, answers));
}

/** What to do now, in words that name no more than the hands and the buttons on this page. */
function changeCard(app, { check, answer }) {
  const buttons = { hold: t("hold"), skip: t("skip"), stop: t("stop") };
  const words = [el("p", { class: "title" }, t(`said_${answer}`)), answer === "uncomfortable" && el("p", {}, t("ask_what")), el("p", {}, t("not_better", buttons))];
  const well = button(t("ask_again"), tells(app, check, WELL), { kind: "line" });
  return card("change", icon("warning"), el("div", { role: "alert" }, words), el("div", { class: "answers" }, well));
}
