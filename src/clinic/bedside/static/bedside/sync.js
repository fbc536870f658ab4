// Sending what waits (translates the device of session/sync.py). A push may be repeated, interrupted and answered late:
// what waits is let go only by what the server says it has stored. Nothing says "all sent" while anything waits.

import { between, localTime } from "./clock.js";
import { canonicalJson } from "./events.js";
import { Gone, Offline, Refused, post } from "./net.js";

const MOST = 200;
const [SOON, OFTEN, SELDOM] = [300, 15000, 120000];
const [PUSH, SEALED, RECEIPT] = ["effleurage/push/1", "effleurage/sealed/1", "effleurage/receipt/1"];

const pairs = (rows) =>
  Array.isArray(rows) && rows.every(({ id, hash }) => typeof id === "string" && typeof hash === "string");

/** A receipt that is not one counts for nothing: then nothing is let go. */
export function checkedReceipt(answer) {
  const whole = answer.schema === RECEIPT && pairs(answer.held) && pairs(answer.beside) && typeof answer.pack === "boolean";
  if (!whole) {
    throw new Refused(200, { what: "receipt" });
  }
  return answer;
}

export class Sync {
  /** `told` is called after each change, `gone` when this tablet may carry nothing any more. */
  constructor({ store, zone, told, gone }) {
    Object.assign(this, { store, zone, told, gone });
    this.state = { unsent: 0, oldest: null, online: navigator.onLine, contact: null, signIn: "", fault: "", flags: [] };
    this.failures = 0;
    this.running = null;
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
      this.change({ online: true, signIn: "", fault: "" });
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
   * browser wrote as another tablet, before it was wiped, goes under that tablet's name.
   */
  async push() {
    const rows = await this.count();
    const own = await this.store.meta("device");
    const device = rows.length ? rows[0].device : own;
    if (!device) {
      return false;
    }
    const wall = Date.now();
    const body = await this.body(device, rows.filter((row) => row.device === device), wall);
    const receipt = checkedReceipt(await post("/table/push/", body));
    await this.store.received([...receipt.held, ...receipt.beside]);
    await (device === own ? this.heard(receipt, wall) : null);
    const left = await this.count();
    return left.length > 0 && left.length < rows.length;
  }

  async body(device, rows, wall) {
    const at = localTime(wall, this.zone);
    const oldest = Math.max(0, ...rows.map((row) => Math.floor((wall - row.wall) / 1000)));
    const [head, some] = [{ device, at, unsent: rows.length, oldest }, rows.slice(0, MOST)];
    if (this.store.key && some.every(({ box }) => box)) {
      const opened = await Promise.all(some.map((row) => this.store.opened(row)));
      return canonicalJson({ schema: PUSH, ...head, events: opened.map(({ hash, wall: _, ...event }) => event) });
    }
    return canonicalJson({ schema: SEALED, ...head, sealed: some.map(({ sealed }) => sealed) });
  }

  async heard(receipt, wall) {
    const offset = between(receipt.at, localTime(wall, this.zone));
    const flags = [...this.state.flags, ...receipt.flags.filter((flag) => !this.knows(flag))];
    const contact = { wall, offset };
    if (this.store.key) {
      await this.store.setMeta({ contact, flags });
    }
    this.change({ contact, flags });
    if (!receipt.pack) {
      this.gone("revoked");
    }
  }

  knows(flag) {
    return this.state.flags.some(({ session, flag: name }) => session === flag.session && name === flag.flag);
  }
}
