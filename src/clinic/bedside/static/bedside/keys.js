// The keys of a tablet. What is carried can be read only with three things together: the PIN, the key of this browser,
// which no page can read out, and the half that the server hands over. What waits to be sent is sealed to the server as
// well, so that it can still be sent when everything else has been wiped.

const ROUNDS = 600000;
const SEAL = "effleurage seal 1";
const IV = 12;

const encode = (text) => new TextEncoder().encode(text);
const join = (...parts) => new Uint8Array(parts.flatMap((part) => [...new Uint8Array(part)]));
export const toBase64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
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

/** The key of everything that is carried: `half` is the server's share, in hexadecimal. */
export async function carriedKey(deviceKey, pinBits, half) {
  return aesKey(await crypto.subtle.sign("HMAC", deviceKey, join(pinBits, fromHex(half))), "carried");
}

/** The key under which the server's half waits for the next hours without network. */
export async function halfKey(deviceKey, pinBits) {
  return aesKey(await crypto.subtle.sign("HMAC", deviceKey, pinBits), "half");
}

/** Something plain as {iv, text}, bound to the place where it is kept. */
export async function lock(key, plain, where) {
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const about = { name: "AES-GCM", iv, additionalData: encode(where) };
  return { iv, text: await crypto.subtle.encrypt(about, key, encode(JSON.stringify(plain))) };
}

/** What was locked. Rejects where the key or the place is another. */
export async function unlock(key, { iv, text }, where) {
  const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: encode(where) }, key, text);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The text of an event so that only the server can open it: its identity, a dot, then point, IV and cipher. */
export async function sealed(serverPoint, text, identity) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const [own, server] = await Promise.all([
    crypto.subtle.generateKey(curve, false, ["deriveBits"]),
    crypto.subtle.importKey("raw", fromBase64(serverPoint), curve, false, []),
  ]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, own.privateKey, 256);
  const key = await aesKey(shared, SEAL, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const point = await crypto.subtle.exportKey("raw", own.publicKey);
  const about = { name: "AES-GCM", iv, additionalData: encode(identity) };
  const whole = join(point, iv, await crypto.subtle.encrypt(about, key, encode(text)));
  return `${identity}.${toBase64(whole)}`;
}
