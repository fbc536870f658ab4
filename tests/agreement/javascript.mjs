// Calls a generated module: node javascript.mjs MODULE < calls > answers, a JSON array [function, ...arguments] a line.
//
// Beside the functions of the module there are two: `names` keeps the order in which `decided` takes the facts, and
// `path` goes the whole way from answers to what remains of a session.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const engine = await import(pathToFileURL(process.argv[2]));
let names = [];

const calls = {
  ...engine,
  names: (given) => (names = given).length,
  decided: (values) => Object.values(engine.decide(Object.fromEntries(names.map((name, i) => [name, values[i]])))),
  path({ at, scripts = [], rests = [] }) {
    const standing = engine.standing(at);
    return {
      standing,
      plan: standing.error ? null : engine.plan(standing),
      scripts: scripts.map((wanted) => engine.script({ standing, ...wanted })),
      rests: rests.map(({ wanted, news, so_far }) =>
        engine.rest(engine.script({ standing, ...wanted }), engine.standing(news), so_far)
      ),
    };
  },
  speed({ at, wanted, rounds }) {
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = process.hrtime.bigint();
      engine.script({ standing: engine.standing(at), ...wanted });
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    return times.sort((one, other) => one - other);
  },
};

const plain = (_, value) => (typeof value === "bigint" ? value.toString(16) : value);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(calls[name](...given), plain)}\n`);
}
