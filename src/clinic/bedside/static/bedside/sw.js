// Answers where there is no network. VERSION and FILES are put before this text by the server.
//
// The shell, what it looks like and its programs are kept as one version; the modules of the content for good, since
// their address names what is in them. Nothing of a patient is ever kept here: what the server answers to a question is
// not for this cache. Where the browser can, it takes the files from there without waking this program. A new version
// waits until every page of the old one is closed, so it interrupts no session. It is kept as a whole or not at all:
// signed out, the page leads on to the door, and then the old version stays.

const KEPT = `effleurage-${VERSION}`;
const CONTENT = "effleurage-content";

self.addEventListener("install", (event) => {
  const asked = FILES.map((url) => new Request(url, { cache: "reload", redirect: "error" }));
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(asked)));
  if (event.addRoutes) {
    event.waitUntil(event.addRoutes(FILES.map((path) => ({ condition: { urlPattern: { pathname: path, search: "" } }, source: { cacheName: KEPT } }))));
  }
});

self.addEventListener("activate", (event) => {
  event.waitUntil(tidied().then(() => self.clients.claim()));
});

async function tidied() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("effleurage-") && ![KEPT, CONTENT].includes(name));
  return Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) {
    return;
  }
  if (url.pathname.startsWith("/table/content/")) {
    event.respondWith(once(CONTENT, event.request));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(file(event.request, url.pathname));
  }
});

/** The page and its files come from what is kept, so that they are there at once; a new version replaces them together. */
async function file(request, path) {
  return (await (await caches.open(KEPT)).match(path)) || fetch(request);
}

/** What never changes under its address: asked for once. */
async function once(name, request) {
  const cache = await caches.open(name);
  const kept = await cache.match(request.url);
  if (kept) {
    return kept;
  }
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected) {
    await cache.put(request.url, answer.clone());
  }
  return answer;
}
