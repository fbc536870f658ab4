// Whether whoever carries a visit is trained for what the limits ask by now. What is asked, the content says; for what
// they are trained, the clinic said when it handed the visit out.

/**
 * What the limits ask for and the carrier has not, in words, each once. A pack from before the clinic said it has no
 * list: then the clinic looked when it handed the visit out.
 */
export function untrained({ visit, content, standing }) {
  const lacking = standing.limits.competences.filter((name) => visit.trained && !visit.trained.includes(name));
  return lacking.map((name) => content.vocabulary.competences[name].term);
}
