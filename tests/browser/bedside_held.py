"""What lies in the storage of a tablet, as somebody finds it who has the device and no PIN."""

from __future__ import annotations

DUMP = """async () => {
  const open = indexedDB.open("effleurage-table");
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const seen = [];
  const text = (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const bytes = new Uint8Array(value.buffer || value);
      seen.push(new TextDecoder("utf-8").decode(bytes), new TextDecoder("utf-16le").decode(bytes.slice(0, bytes.length & ~1)));
    } else if (value && typeof value === "object") Object.entries(value).forEach(([name, each]) => { seen.push(name); text(each); });
    else seen.push(String(value));
  };
  for (const name of database.objectStoreNames) {
    for (const ask of ["getAll", "getAllKeys"]) {
      const all = database.transaction(name).objectStore(name)[ask]();
      text(await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); }));
    }
  }
  database.close();
  const addresses = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      addresses.push(new URL(request.url).pathname);
      seen.push(await (await (await caches.open(name)).match(request)).text());
    }
  }
  seen.push(JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }));
  return [seen.join(" "), addresses];
}"""
"""All texts in it, names and values, and the addresses of what the browser keeps."""
LEFT = """async () => {
  const open = indexedDB.open("effleurage-table");
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const got = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const store = (name) => database.transaction(name).objectStore(name);
  const [meta, carried, rows] = [await got(store("meta").getAllKeys()), await got(store("carried").getAllKeys()), await got(store("events").getAll())];
  database.close();
  const unsent = rows.filter(({ sent }) => !sent);
  return {
    meta, carried: carried.length, readable: rows.filter(({ box }) => box).length, sealed: unsent.filter(({ sealed }) => sealed).length,
    sizes: unsent.map(({ sealed, box }) => [atob(sealed.split(".")[1]).length - 93, box ? box.text.byteLength - 16 : 0]),
  };
}"""
"""How much of each kind is there, and how long the texts are that wait to be sent: without point, IV and tag."""
SHARED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(await (await cache.match(request)).text());
  }
  return found.join(" ");
}"""
"""What stands in the cache for everybody: the shell, the programs and the content, of which none names a patient."""
PUT = """async (rows) => {
  const open = indexedDB.open("effleurage-table");
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const work = database.transaction("events", "readwrite");
  rows.forEach((row) => work.objectStore("events").put(row));
  await new Promise((resolve) => { work.oncomplete = resolve; });
  database.close();
}"""


def sealed_row(device: str, number: int) -> dict[str, object]:
    """An event that somebody recorded here long ago, and that no server can open."""
    identity = f"{number:022d}"
    return {
        "session": f"old-{device}", "device": device, "seq": number, "id": identity, "wall": number, "box": None,
        "sealed": f"{identity}.AAAA", "proof": "0" * 64, "sent": False,
    }  # fmt: skip
