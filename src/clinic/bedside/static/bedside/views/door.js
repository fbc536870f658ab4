// Making this browser a tablet, and the PIN.

import { SHORTEST, makeReady, tryPin } from "../door.js";
import { Offline, Refused } from "../net.js";
import { button, el, heading, notice, t } from "../dom.js";

const field = (label, attributes) =>
  el("div", { class: "field" }, el("label", { for: attributes.id }, label), el("input", { autocomplete: "off", ...attributes }));
const pinField = (label, id) =>
  field(label, { id, type: "password", inputmode: "numeric", autocomplete: id === "pin" ? "current-password" : "new-password" });

/** A form that says what is wrong in one place, and works once at a time. */
function form(label, fields, work, { before = [], send = el("button", { type: "submit", class: "button primary wide" }, label) } = {}) {
  const wrong = el("div", { role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      const fault = await work();
      wrong.replaceChildren(...(fault ? [notice("danger", fault)] : []));
    } finally {
      send.disabled = false;
    }
  };
  return el("form", { class: "form door stack", on: { submit } }, before, wrong, fields, send.parentNode ? null : send);
}

const REASONS = { given_up: "wiped_given_up", revoked: "wiped_revoked", expired: "wiped_expired", pin: "wiped_pin", signed_out: "wiped_signed_out" };

export function ready(app) {
  const { why } = app.detail;
  const [name, pin, again] = [
    field(t("tablet_name"), { id: "tablet-name", maxlength: 60 }), pinField(t("pin_new"), "pin-new"), pinField(t("pin_again"), "pin-again"),
  ];
  const value = (node) => node.querySelector("input").value;
  const work = async () => {
    if (!value(name).trim()) {
      return t("name_missing");
    }
    if (!/^\d+$/.test(value(pin)) || value(pin).length < SHORTEST) {
      return t("pin_short", { n: SHORTEST });
    }
    return value(pin) === value(again) ? made(app, value(name).trim(), value(pin)) : t("pins_differ");
  };
  const told = why && notice("warn", t(REASONS[why]), t("unsent_are_safe"));
  return { body: [heading(t("make_ready")), el("p", { class: "lead" }, t("make_ready_about")), form(t("make_ready"), [name, pin, again], work, { before: told ? [told] : [] })] };
}

async function made(app, name, pin) {
  try {
    await makeReady(app.store, name, pin);
    await app.open();
    return "";
  } catch (fault) {
    if (fault instanceof Offline) {
      return t("needs_network");
    }
    if (fault instanceof Refused) {
      app.sync.change({ signIn: fault.signIn });
      return fault.signIn ? t("sign_in_first") : fault.body.what || t("refused_by_server");
    }
    throw fault;
  }
}

/** The PIN by large keys, or by a keyboard. */
export function unlocking(app) {
  const pin = pinField(t("pin"), "pin");
  const input = pin.querySelector("input");
  const type = (digit) => () => { input.value += digit; };
  const keys = [..."123456789"].map((digit) => button(digit, type(digit), { kind: "key" }));
  const wipe = () => { input.value = input.value.slice(0, -1); };
  const send = el("button", { type: "submit", class: "button primary" }, t("unlock"));
  const pad = el("div", { class: "pad" }, keys, button(t("delete"), wipe, { kind: "key quiet" }), button("0", type("0"), { kind: "key" }), send);
  const work = async () => {
    const { outcome, ...found } = await tryPin(app.store, input.value);
    input.value = "";
    return OUTCOMES[outcome](app, found);
  };
  const made = form(t("unlock"), [pin, pad], work, { send });
  return { body: [heading(t("unlock")), el("p", { class: "lead" }, t("unlock_about")), made] };
}

const OUTCOMES = {
  open: async (app) => { await app.open(); return ""; },
  wrong: (_, { left }) => t("pin_wrong", { n: left }),
  away: (app, { signIn }) => { app.sync.change({ signIn }); return t("sign_in_first"); },
  over: async (app, { why }) => { await app.gone(why); return ""; },
};
