// The script, one step at a time: what now, how far, what next. Stop stands at the bottom right, always.

import { button, el, heading, notice, t } from "../dom.js";
import { currentParts, lastDecision, nextMoment, runningPart } from "../seen.js";
import { choices, chosen } from "../ask.js";
import { plainWords } from "../events.js";
import { comfortCard, lookedAt, stepCard, timeCard } from "../step.js";
import { conflictView, instead, untrainedView } from "./before.js";
import { untrained } from "../trained.js";

/** Why a step may be left out, as the events have it (session/kinds.py, SKIPPED). */
const SKIPPED = ["patient_wish", "uncomfortable", "position", "skin", "felt", "not_needed", "time", "equipment", "other"];
const AWAY = 5000;

/** One touch: written down before anything is asked. */
export const stopButton = (app) =>
  button(t("stop"), () => app.tell({ kind: "stopped", data: { rule: "unsaid", words: "" } }), { kind: "stop", picture: "stop" });

export function run(app) {
  const { record, standing } = app.session;
  const running = runningPart(record);
  if (app.detail.skipping) {
    return skipView(app);
  }
  if (standing.error) {
    return withStop(app, conflictView(app));
  }
  if (record.undecided || !lastDecision(record).script) {
    return barredView(app);
  }
  if (untrained(app.session).length && (running || nextMoment(record) !== null)) {
    return withStop(app, handsOff(app, untrainedView(app), running));
  }
  if (!running) {
    return nextMoment(record) === null ? allDone(app) : between(app);
  }
  return running.moment.kind === "turn" ? turnView(app, running) : stepView(app, running);
}

/** A step that runs in the record, though no hand may be at work, can be held. */
const handsOff = (app, view, running) => {
  const hold = running && !standsStill(app) && holdButton(app, false);
  return { ...view, tick: clock(app), controls: [hold, ...view.controls].filter(Boolean) };
};

const holdButton = (app, held) => button(t("hold"), () => app.tell({ kind: "held", data: { words: "" } }), { picture: "hold", disabled: held });

const withStop = (app, view) => ({ ...view, stop: true, controls: [...view.controls, stopButton(app)] });

/** Whether the time of the step stands: somebody held it, or nobody can say what was done in the dark. */
const standsStill = ({ session }) => session.record.status === "held" || session.dark !== null;

/** What the screen or the page slept through: it was counted, or the step is held because it was too long for that. */
function slept(app) {
  const { ticks, record, events } = app.session;
  const last = events.filter(({ kind }) => kind === "held").pop();
  const dark = app.session.dark ? app.session.darkWords : record.status === "held" && last && last.data.words;
  if (dark) {
    return notice("warn", dark, t("was_dark_about"));
  }
  const away = ticks.resumed > AWAY && !app.session.seen;
  const seen = () => { app.session.seen = true; app.show(); };
  return away && notice("warn", t("was_away", { seconds: Math.round(ticks.resumed / 1000) }), t("was_away_about"), button(t("asked_goes_on"), seen));
}

/** What was new a moment ago stays on the page until somebody has seen it. */
function news(app) {
  const { changed } = app.detail;
  return changed && notice("warn", t("plan_changed"), el("ul", {}, changed.map((line) => el("li", {}, line))));
}

function stepView(app, part) {
  const { record } = app.session;
  const held = standsStill(app);
  const done = button(t(isLast(record, part) ? "done" : "done_next"), once(() => app.tell(app.session.stepDone(record.running), app.session.beginsNext)), { kind: "primary main", picture: "check" });
  const on = button(t("asked_goes_on"), () => app.tell({ kind: "resumed", data: { asked: true } }), { kind: "primary main", picture: "forward" });
  const body = [news(app), slept(app), el("div", { class: "step" }, lookedAt(app, part), stepCard(app, part), timeCard(app, part, held)), comfortCard(app, part)];
  return withStop(app, { body, tick: clock(app), controls: [...small(app, part, held), held ? on : done] });
}

/**
 * Only the first tap of a double tap. The page is drawn anew between the two, so that the second would hit the same
 * button of the next step. The browser counts taps in `detail`.
 */
const once = (work) => ({ detail }) => detail < 2 && work();

const isLast = (record, part) => currentParts(record).every(({ index, state }) => index <= part.index || state !== "waiting");

function turnView(app, part) {
  const { record } = app.session;
  const held = standsStill(app);
  const turned = (helped) => once(() => app.tell(app.session.turned(record.running, helped), app.session.beginsNext));
  const done = button(t("turned_with_help"), turned(true), { kind: "primary main", picture: "check" });
  const alone = button(t("turned_alone"), turned(false), { kind: "alone" });
  const on = button(t("asked_goes_on"), () => app.tell({ kind: "resumed", data: { asked: true } }), { kind: "primary main", picture: "forward" });
  const body = [news(app), slept(app), el("div", { class: "step turn" }, lookedAt(app, part), stepCard(app, part), timeCard(app, part, held))];
  const controls = [...small(app, part, held), ...(held ? [on] : [alone, done])];
  return withStop(app, { body, tick: clock(app), controls });
}

/** Hold, skip, back, something new: beside the one large control. */
function small(app, part, held) {
  const skip = button(t("skip"), () => app.go("run", { skipping: true }), { picture: "skip" });
  const back = button(t("back"), () => app.tell({ kind: "went_back", data: { moment: part.index - 1 } }), { picture: "back", disabled: part.index === 0 });
  const told = button(t("something_new"), () => app.go("news"), { picture: "add" });
  return [holdButton(app, held), skip, back, told];
}

/** No step runs: after a new plan, a skipped step, a step back or a stop that was no alarm. */
function between(app) {
  const { record } = app.session;
  const next = currentParts(record)[nextMoment(record)];
  const held = record.status === "held";
  const resumed = held && { kind: "resumed", data: { asked: true } };
  const begin = button(t(held ? "asked_goes_on" : "begin_step"), () => app.tell(resumed, app.session.beginsNext), { kind: "primary main", picture: "forward" });
  const body = [news(app), slept(app), el("div", { class: "step" }, lookedAt(app, next), stepCard(app, next), timeCard(app, next, true))];
  return withStop(app, { body, tick: clock(app), controls: [...small(app, next, true), begin] });
}

function allDone(app) {
  const finish = button(t("finish"), () => app.tell({ kind: "finished", data: {} }), { kind: "primary main", picture: "check" });
  const back = button(t("back"), () => app.tell({ kind: "went_back", data: { moment: currentParts(app.session.record).length - 1 } }), { picture: "back", disabled: !currentParts(app.session.record).length });
  const told = button(t("something_new"), () => app.go("news"), { picture: "add" });
  const body = [news(app), slept(app), heading(t("all_done")), el("p", { class: "lead" }, t("all_done_about"))];
  return withStop(app, { body, controls: [back, told, finish] });
}

/** What was learned leaves nothing that may be done, or nobody has decided by it yet: hands off, and what to do instead. */
function barredView(app) {
  const { content, standing, record, decides } = app.session;
  const told = button(t("change_an_answer"), () => app.go("news", { change: true }), { picture: "back" });
  const again = record.undecided && button(t("decide_again"), () => app.tell(decides), { kind: "primary main", picture: "check" });
  return withStop(app, { body: [heading(t("hands_off")), news(app), instead(app, content.verdicts[standing.verdict])], controls: [told, again] });
}

function skipView(app) {
  const { record } = app.session;
  const part = runningPart(record) || currentParts(record)[nextMoment(record)];
  const reasons = choices("reason", SKIPPED.map((name) => [name, t(`skip_${name}`)]), () => changed());
  const words = el("textarea", { id: "words", rows: 2, maxlength: 2000, on: { input: () => changed() } });
  const reason = () => chosen(reasons)[0];
  const skip = button(t("skip_it"), () => app.tell(
    { kind: "step_skipped", data: { moment: part.index, reason: reason(), words: plainWords(words.value) } }, app.session.beginsNext
  ), { kind: "primary main", picture: "skip", disabled: true });
  const changed = () => { skip.disabled = !reason() || (reason() === "other" && !words.value.trim()); };
  const stay = button(t("do_not_skip"), () => app.go("run"), { picture: "back", kind: "line" });
  const said = el("div", { class: "field" }, el("label", { for: "words" }, t("in_words")), words);
  return withStop(app, { body: [heading(t("skip_why", { step: part.moment.title })), reasons, said], tick: clock(app), controls: [stay, skip] });
}

/**
 * Moves every clock on the page; the time is worked out from stamps, so it does not matter how rarely this is called.
 * After too long a darkness the page shows the step held instead.
 */
const clock = (app) => {
  const { dark } = app.session;
  return () => (app.session.dark && !dark ? app.show() : showTimes(app));
};

function showTimes(app) {
  document.querySelectorAll("[data-clock]").forEach((node) => node.showTime && node.showTime(app.session.now));
}
