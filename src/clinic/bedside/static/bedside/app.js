// The tablet: what it keeps, which screen it shows, and the line at the top that is always there.

import { Session } from "./session.js";
import { Store, WIPED } from "./store.js";
import { Sync } from "./sync.js";
import { localTime } from "./clock.js";
import { contentModule } from "./decide.js";
import { expired } from "./door.js";
import { earlier, handedOn, locked, nameOf } from "./earlier.js";
import { joined } from "./pack.js";
import { Gone, Offline, Refused, askAs, post, touch, within } from "./net.js";
import { runningPart } from "./seen.js";
import { listenToBar, showBar } from "./bar.js";
import { el, t } from "./dom.js";
import { ready, unlocking } from "./views/door.js";
import { visits } from "./views/list.js";
import { arrive } from "./views/arrive.js";
import { before } from "./views/before.js";
import { run } from "./views/run.js";
import { news } from "./views/news.js";
import { stopped } from "./views/stop.js";
import { after, end } from "./views/after.js";

const VIEWS = { ready, unlocking, visits, arrive, before, run, news, stopped, after, end };
const [LOOK, CARE] = [250, 30000];
const [MINUTE, HOUR] = [60000, 3600000];
/** Milliseconds: how old the list may be when it is shown, and while it stands there; how long to wait for a new one
 * before a session is opened; without a touch until the table locks; and how long a session may last at the most. */
const [SHOWN, STANDS, SHORT, IDLE, LONGEST] = [MINUTE, 5 * MINUTE, 4000, 10 * MINUTE, 4 * HOUR];
const TOUCHES = ["pointerdown", "keydown", "click", "input"];
const at = (id) => document.getElementById(id);

class App {
  constructor(store) {
    Object.assign(this, { store, pack: null, session: null, screen: "", detail: {}, renewed: 0 });
  }

  async start() {
    const [device, zone, key] = await Promise.all(["device", "zone", "deviceKey"].map((name) => this.store.meta(name)));
    askAs(key ? device : "");
    this.touched();
    const told = () => showBar(this);
    this.sync = new Sync({ store: this.store, zone: zone || "UTC", told, gone: (why) => this.gone(why) });
    listenToBar(this);
    setInterval(() => this.look(), LOOK);
    setInterval(() => this.care(), CARE);
    document.addEventListener("visibilitychange", () => this.screenChanged());
    TOUCHES.forEach((kind) => addEventListener(kind, () => { touch(); this.touched(); }, { capture: true, passive: true }));
    new BroadcastChannel(WIPED).addEventListener("message", ({ data }) => this.gone(data));
    this.go(device && key ? "unlocking" : "ready");
    performance.mark("ready");
    await this.care();
    await this.sync.start();
  }

  // ---- screens

  go(screen, detail = {}) {
    [this.screen, this.detail] = [screen, detail];
    this.show(true);
    this.renew(SHOWN);
  }

  /** Draws the screen anew; a new one takes the focus, so that a keyboard or a voice goes on from its title. */
  show(fresh = false) {
    const view = VIEWS[this.screen](this);
    this.view = view;
    document.body.dataset.screen = this.screen;
    document.body.classList.toggle("with-stop", Boolean(view.stop));
    if (fresh) {
      at("main").scrollTop = 0;
    }
    at("main").replaceChildren(...[view.body].flat(Infinity).filter(Boolean));
    at("controls").replaceChildren(...[view.controls || []].flat(Infinity).filter(Boolean));
    at("controls").hidden = !at("controls").hasChildNodes();
    showBar(this);
    this.look();
    if (fresh) {
      (at("main").querySelector("#title") || at("main")).focus({ preventScroll: true });
    }
  }

  /** Several times a second: what a clock shows. It is worked out from stamps each time. */
  look() {
    if (this.view && this.view.tick) {
      this.view.tick();
    }
  }

  /** Says something for a while, for eyes and for readers aloud. */
  say(text, kind = "info") {
    const toast = el("div", { class: `notice toast ${kind}` }, el("span", {}), el("p", {}, text));
    at("toasts").replaceChildren(toast);
    setTimeout(() => toast.remove(), 8000);
  }

  /** Does what a button asks for; what goes wrong is said, and nothing is shown that was not kept. */
  async doing(work) {
    document.body.dataset.busy = "yes";
    try {
      await work();
    } catch (fault) {
      const full = fault && fault.name === "QuotaExceededError";
      this.say(full ? t("storage_full") : t("not_kept"), "danger");
      if (!full && !(fault instanceof Offline || fault instanceof Refused)) {
        throw fault;
      }
    } finally {
      delete document.body.dataset.busy;
    }
  }

  // ---- the pack

  get clinic() {
    return this.pack.clinic;
  }

  /** This clock minus the server's, in milliseconds, as of the last contact. */
  get offset() {
    return (this.sync.state.contact && this.sync.state.contact.offset) || 0;
  }

  /** After unlocking: what is carried, and anew from the server where it answers. */
  async open() {
    this.pack = await this.store.carried("pack").catch(() => null);
    await this.refresh();
    if (!this.pack) {
      return this.store.key && this.go("visits");
    }
    this.sync.zone = this.clinic.zone;
    this.sync.poke();
    const running = await this.runningVisit();
    return running ? this.enter(running) : this.go("visits");
  }

  /**
   * What is carried, anew from the server; whether it came. Where it does not, whatever the reason, what was carried
   * before stays whole.
   */
  async refresh(patience) {
    const wall = Date.now();
    this.renewed = wall;
    try {
      const tablet = await this.store.meta("device");
      const heard = await this.store.heard(tablet);
      const pack = await post("/table/pack/", { tablet, at: localTime(wall, this.sync.zone) }, patience);
      return await this.taken({ ...pack, heard }, wall, patience);
    } catch (fault) {
      this.renewed = 0;
      await this.notTaken(fault);
      return false;
    }
  }

  /** A pack counts once every content that its visits name is here as well. */
  async taken(fresh, wall, patience) {
    const offset = wall - Date.parse(fresh.at);
    const [rows, carried] = [await this.store.rows(), this.pack ? this.pack.sessions : []];
    const pack = { ...fresh, sessions: joined(fresh.sessions, carried, rows, wall) };
    const modules = new Set(pack.sessions.filter(({ content }) => content).map(({ content }) => content));
    const loaded = Promise.all([...modules].map((hash) => contentModule(hash, pack)));
    await within(loaded.catch(() => { throw new Offline(); }), patience);
    if (!this.store.key) {
      return false;
    }
    await this.store.carry("pack", pack);
    this.pack = this.store.key && pack;
    await this.store.setOwn(pack.tablet, { zone: pack.clinic.zone, contact: { wall, offset } });
    this.sync.change({ online: true, signIn: "", contact: { wall, offset } });
    await this.store.forget(pack.sessions.map(nameOf), wall);
    return Boolean(this.pack);
  }

  async notTaken(fault) {
    if (fault instanceof Gone) {
      await this.gone("revoked");
    } else if (fault instanceof Refused) {
      this.sync.change({ signIn: fault.signIn });
    } else if (fault.name === "QuotaExceededError") {
      this.say(t("storage_full"), "danger");
    } else if (!(fault instanceof Offline)) {
      reportError(fault);
    }
  }

  /**
   * The list asks the server again when it is shown, and now and then while somebody has it before them. Nobody waits for
   * that, so a slow server is given its time; where nothing came, the next look asks again.
   */
  async renew(age) {
    if (this.screen !== "visits" || !this.pack || document.hidden || Date.now() - this.renewed < age) {
      return;
    }
    const before = JSON.stringify(this.pack.sessions);
    const came = await this.refresh();
    if (came && this.screen === "visits" && JSON.stringify(this.pack.sessions) !== before) {
      this.show();
    }
  }

  /** Before a session is opened: its visit as the server sees it now, or as it was carried. Null where it is gone. */
  async asked(visit) {
    await this.refresh(SHORT);
    return (this.pack && this.pack.sessions.find((each) => each.visit.public === visit.visit.public)) || null;
  }

  // ---- a session

  /** A session with what its patient said at this table since it was carried. */
  async sessionOf(visit) {
    const others = await earlier(this, visit);
    return this.sessionAlone(handedOn(visit, others, this.offset));
  }

  async sessionAlone(visit) {
    const content = await contentModule(visit.content, this.pack);
    const { store, clinic, pack } = this;
    const device = await store.meta("device");
    const made = new Session({
      store, visit, content, device, clinic, seal: pack.seal, offset: () => this.offset, kept: () => this.kept(),
    });
    return made.load();
  }

  /** Whether another session of this patient, of which the server does not know yet, locks the course. */
  async lockedHere(visit) {
    return locked(await earlier(this, visit));
  }

  /** Something was written. It is counted and sent once the page has shown it. */
  kept() {
    this.sync.poke();
    setTimeout(() => this.sync.count());
  }

  /** The visit of a session that was begun here and is not closed. */
  async runningVisit() {
    const rows = await this.store.rows();
    const last = rows.sort((one, other) => other.wall - one.wall)[0];
    const visit = last && this.pack.sessions.find((each) => nameOf(each) === last.session);
    const session = visit && (await this.sessionAlone(visit).catch(() => null));
    return !session || session.over || session.record.status === "empty" ? null : visit;
  }

  async take(visit) {
    const session = await this.sessionOf(visit);
    this.leave();
    this.session = session;
    session.startBeating();
  }

  async enter(visit) {
    await this.take(visit);
    if (this.session.record.opened) {
      this.session.standing = (await this.session.look()).standing;
    }
    this.go(this.stage());
  }

  leave() {
    if (this.session) {
      this.session.stopBeating();
    }
    this.session = null;
  }

  /** The screen that fits the record. */
  stage() {
    const { status, identified } = this.session.record;
    if (status === "empty" || (status === "open" && !identified)) {
      return "arrive";
    }
    const screens = { open: "before", refused: "before", running: "run", held: "run", finished: "after", closed: "end" };
    return screens[status] || (this.session.cared ? "after" : "stopped");
  }

  /** Writes events and shows what follows from them; `detail` is worked out of what they changed. */
  tell(...wanted) {
    return this.telling(() => ({}), ...wanted);
  }

  telling(detail, ...wanted) {
    return this.doing(async () => {
      const before = this.session.record;
      const written = await this.session.tell(...wanted);
      this.go(this.stage(), written ? detail(before) : {});
    });
  }

  // ---- care

  screenChanged() {
    const ticks = this.session && this.session.ticks;
    if (document.hidden) {
      this.session && this.session.beat();
      ticks && ticks.darken();
      return;
    }
    ticks && ticks.lighten();
    this.look();
    this.sync.poke();
    this.care();
  }

  touched() {
    this.hand = { counter: performance.now(), wall: Date.now() };
  }

  /** Milliseconds since the last touch. The counter may stand still while the device sleeps, and a clock may be put back. */
  get idle() {
    return Math.max(performance.now() - this.hand.counter, Date.now() - this.hand.wall);
  }

  /** A session that was opened here and is not closed; one that was left lying is none for ever. */
  get underWay() {
    const { session } = this;
    return Boolean(session && !session.over && session.record.opened && session.ticks.now() < LONGEST);
  }

  /** A step runs, with hands on the patient: nobody touches the screen then. */
  get handsOn() {
    return this.underWay && this.session.record.status === "running" && runningPart(this.session.record) && !this.session.dark;
  }

  /** Every half minute: the ages in the line at the top, whether what is carried may still be kept, and who is there. */
  async care() {
    showBar(this);
    const [contact, key] = await Promise.all(["contact", "deviceKey"].map((name) => this.store.meta(name)));
    if (this.store.key && !key) {
      await this.gone("signed_out");
    } else if (contact && expired(contact) && !this.underWay) {
      await this.tooLong();
    } else if (this.store.key && this.idle >= IDLE && !this.handsOn) {
      this.lock();
    }
    await this.renew(STANDS);
  }

  /**
   * The server was not heard of for too long. What lies open goes. Where the PIN has not been given, the server's half of
   * the key goes: without it nobody opens what is carried, and whoever signs in gets it back.
   */
  async tooLong() {
    await (this.store.key ? this.gone("expired") : this.store.setMeta({ half: null }));
  }

  lock() {
    this.leave();
    [this.store.key, this.pack] = [null, null];
    this.go("unlocking");
  }

  /** This browser is nobody's tablet any more. What waits stays sealed, and is taken to the server by the next one. */
  async giveUp() {
    const tablet = await this.store.meta("device");
    await post("/table/revoke/", { tablet }).catch(() => null);
    await this.gone("given_up");
  }

  async gone(why) {
    this.leave();
    askAs("");
    await this.store.wipe();
    this.pack = null;
    this.go("ready", { why });
  }
}

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/table/sw.js", { scope: "/table/" }).catch(() => null);
}
const app = new App(await Store.open());
await app.start();
