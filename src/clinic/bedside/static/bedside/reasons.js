// Why, whom to see, and what is not known: the content's own sentences, put in order.

import { el, lowerFirst, t } from "./dom.js";

/** The reasons behind a standing, each once. */
export const decisionReasons = (standing) => [...new Set((standing.telling || []).map(({ because }) => because).filter(Boolean))];

/** "General practitioner, today": the most urgent first. */
export function referrals(content, refer) {
  const urgencies = Object.values(content.vocabulary.urgencies);
  const rows = Object.entries(refer).sort(([, one], [, other]) => other - one);
  return rows.map(([name, rank]) => t("see_whom", { whom: content.vocabulary.referrals[name].term, when: lowerFirst(urgencies[rank - 1].term) }));
}

/** The same for a stop or a reaction, whose referral stands in its own row as "gp=same_day". */
export function ownReferral(content, row) {
  const { referrals: whom, urgencies } = content.vocabulary;
  return (row.refer || "").split(",").filter(Boolean).map((each) => {
    const [name, urgency] = each.split("=");
    return t("see_whom", { whom: whom[name].term, when: lowerFirst(urgencies[urgency].term) });
  });
}

/** Whether the row sends the patient to those whom one calls by the emergency number. */
export const callsForHelp = (row) => (row.refer || "").split(",").some((each) => each.startsWith("emergency"));

/** The checks that were not in order, with what was seen. */
export const failedChecks = ({ vocabulary }, record) =>
  record.checks.filter(({ ok }) => !ok).map(({ check, note }) => [vocabulary.checks[check].term, note].filter(Boolean).join(": "));

/** What is open, and so counts as the worst it could be. */
export function unknownFacts(content, standing) {
  const names = standing.open.filter((name) => content.facts[name].ask);
  return names.length > 0 && el("div", { class: "card" }, el("h2", {}, t("not_known_yet")), el("ul", {}, names.map((name) => el("li", {}, content.facts[name].ask))));
}
