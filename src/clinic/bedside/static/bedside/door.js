// Making a browser one's tablet, unlocking it, and taking everything away again.

import { carriedKey, halfKey, lock, newDeviceKey, newSalt, stretched, toBase64, unlock, verifier } from "./keys.js";
import { Gone, Offline, Refused, askAs, post } from "./net.js";

const HOURS = 3600000;
/** Without a word from the server for longer than this, or after so many wrong PINs, nothing carried is kept. */
const [LASTS, TRIES] = [12 * HOURS, 5];
/** Digits of a PIN. */
export const SHORTEST = 6;

/** What came of a PIN: "open", "wrong" with how many are left, "away" where only the server can open and asks for a
 * sign-in first, or "over" with why nothing may be kept here. */
const [OPEN, wrong, over] = [{ outcome: "open" }, (left) => ({ outcome: "wrong", left }), (why) => ({ outcome: "over", why })];

/** Makes this browser a tablet of whoever is signed in. Throws Offline or Refused. */
export async function makeReady(store, name, pin) {
  const [deviceKey, salt] = [await newDeviceKey(), newSalt()];
  const bits = await stretched(pin, salt);
  const made = await post("/table/tablets/", { name, salt: toBase64(salt), verifier: await verifier(bits) });
  await store.setMeta({ device: made.tablet, deviceKey, salt, wrong: 0 });
  askAs(made.tablet);
  await opened(store, deviceKey, bits, made.half);
}

/** From here on the store can be read; the half waits for the next hours without network. */
async function opened(store, deviceKey, bits, half) {
  store.key = await carriedKey(deviceKey, bits, half);
  const kept = await lock(await halfKey(deviceKey, bits), half, "half");
  await store.setMeta({ half: kept, wrong: 0, contact: { offset: 0, ...(await store.meta("contact")), wall: Date.now() } });
}

/** Tries a PIN: asks the server, and where nobody answers, what is kept here. */
export async function tryPin(store, pin) {
  const [deviceKey, salt, device] = await Promise.all(["deviceKey", "salt", "device"].map((name) => store.meta(name)));
  const bits = await stretched(pin, salt);
  try {
    const { half } = await post("/table/unlock/", { tablet: device, verifier: await verifier(bits) });
    await opened(store, deviceKey, bits, half);
    return OPEN;
  } catch (fault) {
    return answerTo(fault, store, deviceKey, bits);
  }
}

async function answerTo(fault, store, deviceKey, bits) {
  if (fault instanceof Gone) {
    return over("revoked");
  }
  if (fault instanceof Refused && "left" in fault.body) {
    return fault.body.left > 0 ? wrong(fault.body.left) : over("pin");
  }
  if (fault instanceof Offline || fault instanceof Refused) {
    const found = await tryHere(store, deviceKey, bits);
    return found.why === "expired" && fault.signIn ? { outcome: "away", signIn: fault.signIn } : found;
  }
  throw fault;
}

async function tryHere(store, deviceKey, bits) {
  const [kept, contact, before] = await Promise.all(["half", "contact", "wrong"].map((name) => store.meta(name)));
  if (!kept || !contact || expired(contact)) {
    return over("expired");
  }
  try {
    const half = await unlock(await halfKey(deviceKey, bits), kept, "half");
    store.key = await carriedKey(deviceKey, bits, half);
    await store.setMeta({ wrong: 0 });
    return OPEN;
  } catch {
    const count = (before || 0) + 1;
    await store.setMeta({ wrong: count });
    return count < TRIES ? wrong(TRIES - count) : over("pin");
  }
}

/** Whether the last word from the server is too long ago, or the clock was set back behind it. */
export const expired = ({ wall }) => Math.abs(Date.now() - wall) > LASTS;
