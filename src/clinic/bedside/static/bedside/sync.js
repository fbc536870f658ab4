// Sending what waits (translates the device of session/sync.py). A push may be repeated, interrupted and answered late:
// what waits is let go only by what the server says it has stored. Nothing says "all sent" while anything waits.

import { between, localTime } from "./clock.js";
import { canonicalJson } from "./events.js";
import { Gone, Offline, Refused, post } from "./net.js";

/** Events in one push, and seconds of age beyond which a clock was wrong (session/wire.py). */
const [MOST, OLDEST] = [200, 1e9];
const [SOON, OFTEN, SELDOM] = [300, 15000, 120000];
const FILE = "effleurage/sealed-file/1";
/** Two ways to send, each with its receipt and what the receipt names beside an identity. */
const CLEAR = { schema: "effleurage/push/1", receipt: "effleurage/receipt/1", says: "hash" };
const SEALED = { schema: "effleurage/sealed/1", receipt: "effleurage/sealed-receipt/1", says: "proof" };

/** A receipt that is not one counts for nothing: then nothing is let go. */
function checkedReceipt(answer, { receipt, says }) {
  const pairs = (rows) => Array.isArray(rows) && rows.every((row) => typeof row.id === "string" && typeof row[says] === "string");
  const whole = answer.schema === receipt && pairs(answer.held) && pairs(answer.beside) && typeof answer.pack === "boolean";
  if (!whole) {
    throw new Refused(200, { what: "receipt" });
  }
  return answer;
}

/** The tablets of which this browser has something to send: itself first, then what it was before it was wiped. */
const devicesOf = (own, rows) => [...new Set([own, ...rows.map(({ device }) => device)])].filter(Boolean);

/** Whether the server answered and did not want just this; whatever else went wrong goes on being an error. */
function onlyRefused(fault) {
  if (!(fault instanceof Refused) || fault.signIn) {
    throw fault;
  }
  return true;
}

const sealedPush = (head, rows) => ({ schema: SEALED.schema, ...head, sealed: rows.map(({ sealed }) => sealed) });

export class Sync {
  /** `told` is called after each change, `gone` when this tablet may carry nothing any more. */
  constructor({ store, zone, told, gone }) {
    Object.assign(this, { store, zone, told, gone });
    this.state = { unsent: 0, oldest: null, online: navigator.onLine, contact: null, signIn: "", fault: "", flags: [] };
    this.failures = 0;
    this.running = null;
    this.behind = new Set();
    addEventListener("online", () => this.poke());
    addEventListener("offline", () => this.change({ online: false }));
  }

  async start() {
    const [contact, flags] = [await this.store.meta("contact"), (await this.store.meta("flags")) || []];
    this.change({ contact: contact || null, flags });
    await this.count();
    this.poke();
  }

  change(values) {
    Object.assign(this.state, values);
    this.told(this.state);
  }

  async count() {
    const rows = await this.store.unsent();
    const oldest = rows.length ? Math.min(...rows.map(({ wall }) => wall)) : null;
    this.change({ unsent: rows.length, oldest });
    return rows;
  }

  /** Something was written: it is sent as soon as the hand is off the screen. */
  poke() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), SOON);
  }

  /** One round at a time; whoever asks during a round waits for it. */
  send() {
    this.running = this.running || this.round().finally(() => (this.running = null));
    return this.running;
  }

  async round() {
    let more = false;
    try {
      more = await this.push();
      this.failures = 0;
    } catch (fault) {
      this.failures += 1;
      await this.failed(fault);
    }
    clearTimeout(this.timer);
    const pause = more ? SOON : Math.min(OFTEN * 2 ** Math.max(0, this.failures - 1), SELDOM);
    this.timer = setTimeout(() => this.send(), pause);
  }

  async failed(fault) {
    if (fault instanceof Gone) {
      return this.gone("revoked");
    }
    if (fault instanceof Offline) {
      return this.change({ online: false });
    }
    if (fault instanceof Refused) {
      return this.change({ online: true, signIn: fault.signIn, fault: fault.signIn ? "" : "refused" });
    }
    this.change({ fault: "refused" });
    throw fault;
  }

  /**
   * Sends the oldest that wait; whether more can be sent at once. An empty push is a contact like any other. What this
   * browser wrote as another tablet, before it was wiped, goes under that tablet's name: what the server does not take
   * from one keeps no other back.
   */
  async push() {
    const [rows, own] = [await this.count(), await this.store.meta("device")];
    const [devices, refused] = [devicesOf(own, rows), []];
    for (const device of devices) {
      const taken = await this.pushAs(device, rows.filter((row) => row.device === device), own);
      taken || refused.push(device);
    }
    const heard = { online: true, signIn: "", fault: refused.length ? "refused" : "" };
    this.change(devices.length ? heard : { online: navigator.onLine });
    await this.retire(own);
    return (await this.count()).some(({ id, device }) => !this.behind.has(id) && !refused.includes(device));
  }

  /** One push under the name of one tablet; whether the server took it. */
  async pushAs(device, rows, own) {
    const [wall, some] = [Date.now(), this.inTurn(rows).slice(0, MOST)];
    try {
      const { way, body, expected } = await this.body(device, rows, some, wall);
      const receipt = checkedReceipt(await post("/table/push/", body), way);
      const same = [...receipt.held, ...receipt.beside].filter((row) => expected.get(row.id) === row[way.says]);
      const held = new Set(same.map(({ id }) => id));
      await this.store.received(held);
      this.putBehind(some.filter(({ id }) => !held.has(id)));
      await (device === own ? this.heard(own, receipt, wall) : null);
      return true;
    } catch (fault) {
      return !onlyRefused(fault);
    }
  }

  /** The oldest first; but what the server could not read goes behind all others, the one that was tried last as the last. */
  inTurn(rows) {
    const tried = [...this.behind];
    return [...rows].sort((one, other) => tried.indexOf(one.id) - tried.indexOf(other.id));
  }

  putBehind(rows) {
    rows.forEach(({ id }) => { this.behind.delete(id); this.behind.add(id); });
  }

  /** The text of a push, the way it goes, and what the receipt has to say of each identity. */
  async body(device, rows, some, wall) {
    const head = this.head(device, rows, wall);
    if (this.store.key && some.every(({ box }) => box)) {
      const opened = await Promise.all(some.map((row) => this.store.opened(row)));
      const events = opened.map(({ hash: _, wall: __, ...event }) => event);
      return { way: CLEAR, body: canonicalJson({ schema: CLEAR.schema, ...head, events }), expected: new Map(opened.map(({ id, hash }) => [id, hash])) };
    }
    return { way: SEALED, body: canonicalJson(sealedPush(head, some)), expected: new Map(some.map(({ id, proof }) => [id, proof])) };
  }

  head(device, rows, wall) {
    const oldest = Math.min(OLDEST, Math.max(0, ...rows.map((row) => Math.floor((wall - row.wall) / 1000))));
    return { device, at: localTime(wall, this.zone), unsent: rows.length, oldest };
  }

  /** What waits, as a file of sealed pushes that only the server can open: the last resort where there is no network. */
  async file() {
    const [rows, wall, pushes] = [await this.store.unsent(), Date.now(), []];
    for (const device of devicesOf("", rows)) {
      const own = rows.filter((row) => row.device === device);
      for (let from = 0; from < own.length; from += MOST) {
        pushes.push(sealedPush(this.head(device, own.slice(from), wall), own.slice(from, from + MOST)));
      }
    }
    return new Blob([canonicalJson({ schema: FILE, pushes })], { type: "application/json" });
  }

  /** A tablet that this browser has been stands at the clinic as one in use until all of it is sent. */
  async retire(own) {
    const former = (await this.store.meta("former")) || [];
    const waiting = new Set((await this.store.unsent()).map(({ device }) => device));
    const over = former.filter((device) => !waiting.has(device));
    if (own && over.length) {
      await Promise.all(over.map((tablet) => post("/table/revoke/", { tablet }).catch(onlyRefused)));
      await this.store.setMeta({ former: former.filter((device) => waiting.has(device)) });
    }
  }

  async heard(own, receipt, wall) {
    const offset = between(receipt.at, localTime(wall, this.zone));
    const flags = [...this.state.flags, ...receipt.flags.filter((flag) => !this.knows(flag))];
    const contact = { wall, offset };
    if (!receipt.pack) {
      return this.gone("revoked");
    }
    await this.store.setOwn(own, { contact, flags });
    return this.change({ contact, flags });
  }

  knows(flag) {
    return this.state.flags.some(({ session, flag: name }) => session === flag.session && name === flag.flag);
  }
}
