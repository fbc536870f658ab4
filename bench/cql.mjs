// cql-execution on one core: reads a folder's elm.json, words.json and patients.json, and writes answers.json beside them.
import fs from 'node:fs';
import cql from 'cql-execution';

const [folder, budget] = process.argv.slice(2);
const read = name => JSON.parse(fs.readFileSync(`${folder}/${name}`, 'utf8'));
const { rules, words } = read('words.json');
const limits = words.map(BigInt);
const patients = read('patients.json');
const library = new cql.Library(read('elm.json'));
const nobody = { currentPatient: () => undefined, nextPatient: () => undefined };

// Every parameter is passed, null where it is not known: an absent one is not null to this engine.
async function decide(patient) {
  const results = (await new cql.Executor(library, null, patient).exec(nobody)).unfilteredResults;
  let certain = 0n, possible = 0n, holds = 0n, undecided = 0n;
  for (let i = 0; i < rules.length; i++) {
    const truth = results[rules[i]];
    if (truth === false) continue;
    if (truth === true) { certain |= limits[i]; holds |= 1n << BigInt(i); }
    else { possible |= limits[i]; undecided |= 1n << BigInt(i); }
  }
  return [certain, certain | possible, holds, undecided];
}

const cpu = () => { const used = process.cpuUsage(); return (used.user + used.system) / 1e6; };
const answers = [];
for (const patient of patients) answers.push((await decide(patient)).map(word => word.toString(16)));
const times = [];
for (let spent = 0; times.length < 7 || spent < +budget;) {
  const start = cpu();
  for (const patient of patients) await decide(patient);
  const taken = cpu() - start;
  spent += taken;
  times.push(taken / patients.length);
}
fs.writeFileSync(`${folder}/answers.json`, JSON.stringify({ times, answers }));
