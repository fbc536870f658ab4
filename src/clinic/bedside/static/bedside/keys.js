// The keys of a tablet. What is carried can be read only with three things together: the PIN, the key of this browser,
// which no page can read out, and the half that the server hands over. What waits to be sent is sealed to the server as
// well, so that it can still be sent when everything else has been wiped.
//
// There are few questions and few answers to each, so whoever has a copy of this storage could guess: no hash of what is
// encrypted, and no name that follows from it, lies beside it in clear, and its length says little.

import { sha256 } from "./events.js";

const ROUNDS = 600000;
const [SEAL, PROOF] = ["effleurage seal 1", "effleurage proof 1"];
const IV = 12;
/** Letters to a multiple of which a text is filled up before it is encrypted; most events are shorter. */
const BLOCK = 512;

const encode = (text) => new TextEncoder().encode(text);
const join = (...parts) => new Uint8Array(parts.flatMap((part) => [...new Uint8Array(part)]));
export const toBase64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const filled = (text) => text.padEnd(Math.ceil(text.length / BLOCK) * BLOCK);
const toHex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const newSalt = () => crypto.getRandomValues(new Uint8Array(16));

/** The key of this browser: made once, and never to be read out. */
export const newDeviceKey = () => crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

/** What a PIN stands for, slowly. */
export async function stretched(pin, salt) {
  const key = await crypto.subtle.importKey("raw", encode(pin), "PBKDF2", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS }, key, 256);
}

const HKDF = (info) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: encode(info) });
const toExpand = (bytes) => crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits", "deriveKey"]);

/** What the server compares; it says nothing about the PIN without as much work again. */
export async function verifier(pinBits) {
  return toHex(await crypto.subtle.deriveBits(HKDF("verify"), await toExpand(pinBits), 256));
}

async function aesKey(bytes, info, uses = ["encrypt", "decrypt"]) {
  return crypto.subtle.deriveKey(HKDF(info), await toExpand(bytes), { name: "AES-GCM", length: 256 }, false, uses);
}

const HMAC = { name: "HMAC", hash: "SHA-256", length: 256 };
const macKey = async (bytes, info) => crypto.subtle.deriveKey(HKDF(info), await toExpand(bytes), HMAC, false, ["sign"]);
const mac = async (key, text) => toHex(await crypto.subtle.sign("HMAC", key, encode(text)));

/** The keys of everything that is carried, {box, name}: `half` is the server's share, in hexadecimal. */
export async function carriedKey(deviceKey, pinBits, half) {
  const bits = await crypto.subtle.sign("HMAC", deviceKey, join(pinBits, fromHex(half)));
  const [box, name] = await Promise.all([aesKey(bits, "carried"), macKey(bits, "names")]);
  return { box, name };
}

/** Under what name something is kept, for names that say what it is. */
export const hidden = (key, name) => mac(key, name);

/** The key under which the server's half waits for the next hours without network. */
export async function halfKey(deviceKey, pinBits) {
  return aesKey(await crypto.subtle.sign("HMAC", deviceKey, pinBits), "half");
}

/** Something plain as {iv, text}, bound to the place where it is kept. */
export async function lock(key, plain, where) {
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const about = { name: "AES-GCM", iv, additionalData: encode(where) };
  return { iv, text: await crypto.subtle.encrypt(about, key, encode(filled(JSON.stringify(plain)))) };
}

/** What was locked. Rejects where the key or the place is another. */
export async function unlock(key, { iv, text }, where) {
  const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: encode(where) }, key, text);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/**
 * An event so that only the server can open it: {text, proof}. The text is its identity, a dot, then point, IV and cipher.
 * The proof is what the server says of its hash once it has opened it, and nobody else can.
 */
export async function sealed(serverPoint, text, identity) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const [own, server] = await Promise.all([
    crypto.subtle.generateKey(curve, false, ["deriveBits"]),
    crypto.subtle.importKey("raw", fromBase64(serverPoint), curve, false, []),
  ]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, own.privateKey, 256);
  const [key, proving] = await Promise.all([aesKey(shared, SEAL, ["encrypt"]), macKey(shared, PROOF)]);
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const point = await crypto.subtle.exportKey("raw", own.publicKey);
  const about = { name: "AES-GCM", iv, additionalData: encode(identity) };
  const whole = join(point, iv, await crypto.subtle.encrypt(about, key, encode(filled(text))));
  return { text: `${identity}.${toBase64(whole)}`, proof: await mac(proving, await sha256(text)) };
}
