// The tablet: what it keeps, which screen it shows, and the line at the top that is always there.

import { Session } from "./session.js";
import { Store } from "./store.js";
import { Sync } from "./sync.js";
import { localTime } from "./clock.js";
import { contentModule } from "./decide.js";
import { expired } from "./door.js";
import { Gone, Offline, Refused, post } from "./net.js";
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
const at = (id) => document.getElementById(id);

class App {
  constructor(store) {
    Object.assign(this, { store, pack: null, session: null, screen: "", detail: {}, message: "", storage: "" });
  }

  async start() {
    const [device, zone, key] = await Promise.all(["device", "zone", "deviceKey"].map((name) => this.store.meta(name)));
    const told = () => showBar(this);
    this.sync = new Sync({ store: this.store, zone: zone || "UTC", told, gone: (why) => this.gone(why) });
    listenToBar(this);
    setInterval(() => this.look(), LOOK);
    setInterval(() => this.care(), CARE);
    document.addEventListener("visibilitychange", () => this.screenChanged());
    this.go(device && key ? "unlocking" : "ready");
    performance.mark("ready");
    await this.sync.start();
  }

  // ---- screens

  go(screen, detail = {}) {
    [this.screen, this.detail] = [screen, detail];
    this.show(true);
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
      return this.go("visits");
    }
    this.sync.zone = this.clinic.zone;
    this.sync.poke();
    const running = await this.runningVisit();
    return running ? this.enter(running) : this.go("visits");
  }

  async refresh() {
    const wall = Date.now();
    try {
      const pack = await post("/table/pack/", { tablet: await this.store.meta("device"), at: localTime(wall, this.sync.zone) });
      await this.taken(pack, wall);
    } catch (fault) {
      if (fault instanceof Gone) {
        await this.gone("revoked");
      } else if (fault instanceof Refused) {
        this.sync.change({ signIn: fault.signIn });
      } else if (!(fault instanceof Offline)) {
        throw fault;
      }
    }
  }

  async taken(pack, wall) {
    const offset = wall - Date.parse(pack.at);
    this.pack = pack;
    await this.store.carry("pack", pack);
    await this.store.setMeta({ zone: pack.clinic.zone, contact: { wall, offset } });
    this.sync.change({ online: true, signIn: "", contact: { wall, offset } });
    await this.store.forget(pack.sessions.map((each) => each.session || each.visit.public), wall);
    const modules = new Set(pack.sessions.filter(({ content }) => content).map(({ content }) => content));
    await Promise.all([...modules].map((hash) => contentModule(hash, pack).catch(() => null)));
  }

  // ---- a session

  async sessionOf(visit) {
    const content = await contentModule(visit.content, this.pack);
    const { store, clinic, pack } = this;
    const device = await store.meta("device");
    const made = new Session({
      store, visit, content, device, clinic, seal: pack.seal, offset: () => this.offset, kept: () => this.kept(),
    });
    return made.load();
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
    const visit = last && this.pack.sessions.find((each) => (each.session || each.visit.public) === last.session);
    if (!visit) {
      return null;
    }
    const session = await this.sessionOf(visit);
    return session.over || session.record.status === "empty" ? null : visit;
  }

  async enter(visit) {
    this.leave();
    this.session = await this.sessionOf(visit);
    this.session.startBeating();
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
  }

  /** Every half minute: the ages in the line at the top, and whether what is carried may still be kept. */
  async care() {
    showBar(this);
    const contact = await this.store.meta("contact");
    const busy = this.session && !this.session.over && this.session.record.opened;
    if (this.store.key && contact && expired(contact) && !busy) {
      await this.gone("expired");
    }
  }

  async lock() {
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
