// What this tablet keeps: who it is, the visits it carries, and every event until the server holds it.
//
// An event is written once, and its transaction is complete before anybody sees it on the screen. Its sealed copy goes
// only when the server has returned its identity and its hash. Everything about a patient lies here encrypted. In clear
// stand of an event the session, the tablet, its number and identity, when it was written, and what sending it needs.

import { hidden, lock, unlock } from "./keys.js";

const NAME = "effleurage-table";
/** Where the pages of this browser hear that one of them has wiped what this tablet carries. */
export const WIPED = "effleurage-wiped";
/** Bytes that must be free before a session may begin; and so many are written and taken away again, since what a
 * browser says of its room may be a guess. */
const [ROOM, TRIAL] = [50e6, 5e6];
/** Milliseconds after which what was sent needs to lie here no more. */
const LONG = 3 * 86400000;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const complete = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error || new DOMException("stopped", "AbortError"));
  });

function openDatabase() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("meta");
    request.result.createObjectStore("carried");
    request.result.createObjectStore("events", { keyPath: ["session", "device", "seq"] });
  };
  return done(request);
}

export class Store {
  static async open() {
    const store = new Store();
    store.database = await openDatabase();
    store.key = null;
    return store;
  }

  transaction(names, mode) {
    return this.database.transaction(names, mode, { durability: "strict" });
  }

  // ---- what is not about any patient: the tablet, its keys, the last contact

  async meta(name) {
    return done(this.database.transaction("meta").objectStore("meta").get(name));
  }

  async setMeta(values) {
    const work = this.transaction("meta", "readwrite");
    Object.entries(values).forEach(([name, value]) => work.objectStore("meta").put(value, name));
    return complete(work);
  }

  /** The same, but only as long as this is that tablet: an answer may come when it has been wiped. */
  async setOwn(device, values) {
    const work = this.transaction("meta", "readwrite");
    const [meta, written] = [work.objectStore("meta"), complete(work)];
    if ((await done(meta.get("device"))) === device) {
      Object.entries(values).forEach(([name, value]) => meta.put(value, name));
    }
    return written;
  }

  // ---- what is carried, under the key of PIN, browser and server

  async carry(name, value) {
    const [place, box] = await this.boxed(name, value);
    const work = this.transaction("carried", "readwrite");
    work.objectStore("carried").put(box, place);
    return complete(work);
  }

  /** What is carried under a name, with the place where it lies. */
  async boxed(name, value) {
    const { box, name: names } = this.key;
    return Promise.all([hidden(names, name), lock(box, value, `carried ${name}`)]);
  }

  async carried(name) {
    const { box, name: names } = this.key;
    const place = await hidden(names, name);
    const found = await done(this.database.transaction("carried").objectStore("carried").get(place));
    return found ? unlock(box, found, `carried ${name}`) : null;
  }

  // ---- events

  /** Writes rows {event, hash, sealed: {text, proof}, wall} and the scripts they name, all or nothing, and durably. */
  async append(rows, scripts) {
    const locked = await Promise.all(rows.map((row) => this.lockedRow(row)));
    const boxes = await Promise.all(Object.entries(scripts).map(([name, script]) => this.boxed(`script ${name}`, script)));
    const work = this.transaction(["events", "carried"], "readwrite");
    const kept = complete(work);
    locked.forEach((row) => work.objectStore("events").add(row));
    boxes.forEach(([place, box]) => work.objectStore("carried").put(box, place));
    return kept;
  }

  async lockedRow({ event, hash, sealed: { text, proof }, wall }) {
    const { session, device, seq, id } = event;
    const box = await lock(this.key.box, { ...event, hash }, `events ${session} ${seq}`);
    return { session, device, seq, id, wall, box, sealed: text, proof, sent: false };
  }

  async rows() {
    return done(this.database.transaction("events").objectStore("events").getAll());
  }

  /** This tablet's events of a session in order, each with its hash and the clock on the wall when it was written. */
  async events(session, device) {
    const range = IDBKeyRange.bound([session, device], [session, device, []]);
    const rows = await done(this.database.transaction("events").objectStore("events").getAll(range));
    return Promise.all(rows.filter(({ box }) => box).map((row) => this.opened(row)));
  }

  async opened(row) {
    return { ...(await unlock(this.key.box, row.box, `events ${row.session} ${row.seq}`)), wall: row.wall };
  }

  async unsent() {
    const rows = (await this.rows()).filter(({ sent }) => !sent);
    return rows.sort((one, other) => one.wall - other.wall || one.seq - other.seq);
  }

  /** The server holds the events of these identities, as they were written here: their sealed copies are let go. */
  async received(held) {
    const work = this.transaction("events", "readwrite");
    const [events, written] = [work.objectStore("events"), complete(work)];
    const rows = await done(events.getAll());
    rows.filter(({ sent, id }) => !sent && held.has(id)).forEach((row) => events.put({ ...row, sent: true, sealed: "", proof: "" }));
    return written;
  }

  /** How many events of each session the server is known to hold, counted from its first without a gap. */
  async heard(device) {
    const found = {};
    for (const { session, seq, sent } of (await this.rows()).filter((row) => row.device === device)) {
      const count = found[session] || 0;
      found[session] = sent && seq === count + 1 ? seq : count;
    }
    return found;
  }

  /** Whether so many bytes can really be written. */
  async takes(bytes) {
    try {
      await this.setMeta({ trial: noise(bytes) });
      return true;
    } catch {
      return false;
    } finally {
      await this.setMeta({ trial: null }).catch(() => null);
    }
  }

  /** Lets go what was sent long ago, of sessions that are not carried any more. */
  async forget(carried, now) {
    const work = this.transaction("events", "readwrite");
    const [events, written] = [work.objectStore("events"), complete(work)];
    const old = (row) => row.sent && now - row.wall > LONG && !carried.includes(row.session);
    (await done(events.getAll())).filter(old).forEach(({ session, device, seq }) => events.delete([session, device, seq]));
    return written;
  }

  /** Everything goes but what the server has not got yet, which stays sealed to it, and which tablet this has been. */
  async wipe() {
    this.key = null;
    const work = this.transaction(["meta", "carried", "events"], "readwrite");
    const [meta, carried, events] = ["meta", "carried", "events"].map((name) => work.objectStore(name));
    const kept = complete(work);
    const [rows, device, former] = await Promise.all([events.getAll(), meta.get("device"), meta.get("former")].map(done));
    rows.forEach((row) => (row.sent ? events.delete([row.session, row.device, row.seq]) : events.put({ ...row, box: null })));
    carried.clear();
    ["device", "deviceKey", "salt", "half", "contact", "wrong", "beat"].forEach((name) => meta.delete(name));
    meta.put([...new Set([...(former || []), device].filter(Boolean))], "former");
    return kept;
  }
}

const AT_ONCE = 65536;

/** Bytes by chance, which no browser can press together. */
function noise(bytes) {
  const made = new Uint8Array(bytes);
  for (let from = 0; from < bytes; from += AT_ONCE) {
    crypto.getRandomValues(made.subarray(from, from + AT_ONCE));
  }
  return made;
}

/** Why nothing may be begun on this device's storage: "room", "kept", or "" where it may. */
export async function storageFault(store) {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  if (quota - usage < ROOM || !(await store.takes(TRIAL))) {
    return "room";
  }
  const installed = matchMedia("(display-mode: standalone)").matches;
  return installed || (await navigator.storage.persisted()) || (await navigator.storage.persist()) ? "" : "kept";
}
