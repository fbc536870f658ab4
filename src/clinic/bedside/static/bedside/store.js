// What this tablet keeps: who it is, the visits it carries, and every event until the server holds it.
//
// An event is written once, and its transaction is complete before anybody sees it on the screen. Its sealed copy goes
// only when the server has returned its identity and its hash. Everything about a patient lies here encrypted.

import { lock, unlock } from "./keys.js";

const NAME = "effleurage-table";
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

  // ---- what is carried, under the key of PIN, browser and server

  async carry(name, value) {
    const box = await lock(this.key, value, `carried ${name}`);
    const work = this.transaction("carried", "readwrite");
    work.objectStore("carried").put(box, name);
    return complete(work);
  }

  async carried(name) {
    const box = await done(this.database.transaction("carried").objectStore("carried").get(name));
    return box ? unlock(this.key, box, `carried ${name}`) : null;
  }

  // ---- events

  /** Writes rows {event, hash, sealed, wall} and the scripts they name, all or nothing, and durably. */
  async append(rows, scripts) {
    const locked = await Promise.all(rows.map((row) => this.lockedRow(row)));
    const boxes = await Promise.all(
      Object.entries(scripts).map(async ([name, script]) => [name, await lock(this.key, script, `carried script ${name}`)])
    );
    const work = this.transaction(["events", "carried"], "readwrite");
    const kept = complete(work);
    locked.forEach((row) => work.objectStore("events").add(row));
    boxes.forEach(([name, box]) => work.objectStore("carried").put(box, `script ${name}`));
    return kept;
  }

  async lockedRow({ event, hash, sealed, wall }) {
    const { session, device, seq, id, at, tick } = event;
    const box = await lock(this.key, event, `events ${session} ${seq}`);
    return { session, device, seq, id, hash, at, tick, wall, box, sealed, sent: false };
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
    const event = await unlock(this.key, row.box, `events ${row.session} ${row.seq}`);
    return { ...event, hash: row.hash, wall: row.wall };
  }

  async unsent() {
    const rows = (await this.rows()).filter(({ sent }) => !sent);
    return rows.sort((one, other) => one.wall - other.wall || one.seq - other.seq);
  }

  /** The server holds these [{id, hash}]: only where both are the same is a sealed copy let go. */
  async received(kept) {
    const held = new Set(kept.map(({ id, hash }) => `${id} ${hash}`));
    const work = this.transaction("events", "readwrite");
    const [events, written] = [work.objectStore("events"), complete(work)];
    const rows = await done(events.getAll());
    rows.filter((row) => !row.sent && held.has(`${row.id} ${row.hash}`))
      .forEach((row) => events.put(row.box ? { ...row, sent: true, sealed: "" } : { ...row, sent: true }));
    return written;
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

  /** Everything goes but what the server has not got yet, which stays sealed to it. */
  async wipe() {
    this.key = null;
    const work = this.transaction(["meta", "carried", "events"], "readwrite");
    const [meta, carried, events] = ["meta", "carried", "events"].map((name) => work.objectStore(name));
    const kept = complete(work);
    const rows = await done(events.getAll());
    rows.forEach((row) => (row.sent ? events.delete([row.session, row.device, row.seq]) : events.put({ ...row, box: null })));
    carried.clear();
    ["deviceKey", "salt", "half", "contact", "wrong", "beat", "user"].forEach((name) => meta.delete(name));
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
