// Which numbers belong to a check, and which check is made by comparing identifiers. What a number is called, its unit
// and its range are the content's; what the content has no fact for is only written down.

import { t } from "./dom.js";

const NUMBERS = {
  blood_pressure_before: ["systolic", "diastolic"],
  blood_pressure_after: ["systolic", "diastolic"],
  pulse_before: ["pulse"],
  pain_score_before: ["pain_now"],
  pain_score_after: ["pain_now"],
};
const BESIDE = { pulse: { kind: "whole", unit: "/min", decimals: 0, options: [], who: ["therapist"] } };
export const BY_IDENTITY = "two_identifiers";

/** The numbers of a check as [name, fact, whether the content knows it]. */
export function numbersOf(content, check) {
  const ask = content.vocabulary.checks[check].term;
  return (NUMBERS[check] || []).map((name) =>
    name in content.facts ? { name, fact: content.facts[name], known: true } : { name, fact: { ...BESIDE[name], ask, unit_said: t("per_minute") }, known: false }
  );
}
