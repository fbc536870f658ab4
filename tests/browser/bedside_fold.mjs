// Folds programs of events by the tablet's own code: node bedside_fold.mjs FOLDER < programs > records, one a line.
//
// A program is {vocabulary, scripts, session, device, events}; scripts are by hash, events plain with their hashes.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const at = (name) => import(pathToFileURL(`${process.argv[2]}/${name}.js`));
const [{ Ground, fold }, { plainRecord }, { canonicalJson, scriptHash }] = await Promise.all(["record", "seen", "events"].map(at));

for await (const line of createInterface({ input: process.stdin })) {
  const { vocabulary, scripts, session, device, events } = JSON.parse(line);
  const record = fold(events, new Ground(vocabulary, scripts), session, device);
  const hashes = await Promise.all(Object.values(scripts).map(scriptHash));
  const texts = events.map(({ hash, ...event }) => canonicalJson(event));
  const lies = record.lies && [record.lies.position, record.lies.lying];
  process.stdout.write(`${JSON.stringify([canonicalJson(plainRecord(record)), hashes, texts, lies])}\n`);
}
