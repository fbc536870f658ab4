// The drawn body as the therapist sees the patient: from behind the patient's left is on the left, from the front on the
// right. The drawing comes from the shell, where every region has its path; here only its ceilings are put in.

import { drawing, t } from "./dom.js";

/** The positions in which one looks at the front; in the others one looks at the back. */
const FACE_UP = ["supine", "semi_reclined"];

/** The view in which most of these regions can be seen: the one that the position shows, where both do. */
export function viewOf(vocabulary, regions, position) {
  const seen = (view) => regions.filter((name) => vocabulary.regions[name].views.includes(view)).length;
  const usual = FACE_UP.includes(position) ? "front" : "back";
  const other = usual === "front" ? "back" : "front";
  return seen(other) > seen(usual) ? other : usual;
}

/**
 * The picture of a moment: `touched` {region: level} is worked on, `closed` is to be left alone, the rest stays empty.
 * Level, lightness and the word in the title say the same.
 */
export function bodyPicture({ vocabulary, view, touched, closed }) {
  const picture = drawing(view);
  const paths = [...picture.querySelectorAll("[data-region]")];
  const numbers = [...picture.querySelectorAll("text.number")];
  paths.forEach((path, at) => dress(path, numbers[at], { vocabulary, touched, closed }));
  picture.querySelectorAll("text.side, text.view-name").forEach((node) => node.remove());
  picture.setAttribute("viewBox", nearer(paths.filter((path) => path.dataset.region in touched)));
  const title = picture.querySelector("title");
  title.textContent = Object.keys(touched).map((name) => vocabulary.regions[name].words).join("; ") || t("nothing_here");
  picture.setAttribute("aria-labelledby", title.id);
  return picture;
}

/** The whole drawing is so wide and high, and half of it is near enough to see where one works. */
const [WIDTH, HEIGHT, HALF, MARGIN] = [250, 716, 400, 30];
const MIDDLE = 172;

/** The part of the drawing that shows these regions, as large as it can be without losing where on the body they are. */
function nearer(paths) {
  const heights = paths.flatMap((path) => [...path.getAttribute("d").matchAll(/,(-?[\d.]+)/g)].map(([, y]) => Number(y)));
  const [top, bottom] = [Math.min(...heights) - MARGIN, Math.max(...heights) + MARGIN];
  if (!heights.length || bottom - top > HALF) {
    return `${MIDDLE - WIDTH / 2} 18 ${WIDTH} ${HEIGHT - 18}`;
  }
  const from = Math.max(18, Math.min(HEIGHT - HALF, (top + bottom - HALF) / 2));
  return `${MIDDLE - WIDTH / 2} ${from} ${WIDTH} ${HALF}`;
}

function dress(path, number, { vocabulary, touched, closed }) {
  const name = path.dataset.region;
  const level = name in touched ? touched[name] : closed.includes(name) ? 0 : null;
  path.removeAttribute("fill");
  path.setAttribute("class", level === null ? "region rest" : `region level-${level}${name in touched ? " worked" : ""}`);
  if (level === 0) {
    path.setAttribute("fill", `url(#${path.ownerSVGElement.querySelector("pattern").id})`);
  }
  number.setAttribute("class", level === null ? "number rest" : `number number-${level}`);
  number.textContent = level === null ? "" : String(level);
  const word = level === null ? "" : `: ${level}, ${vocabulary.levels[level].term}`;
  path.querySelector("title").textContent = `${vocabulary.regions[name].words}${word}`;
}

/** On which side of the patient one works: "left", "right", "both" or "middle". */
export function sideOf(vocabulary, regions) {
  const sides = new Set(regions.map((name) => vocabulary.regions[name].side));
  sides.delete("midline");
  return sides.size === 2 ? "both" : [...sides][0] || "middle";
}

/** The regions in words. Only where left and right of a region are both meant are they said once, without the side. */
export function regionWords(vocabulary, regions) {
  const bases = [...new Set(regions.map((name) => vocabulary.regions[name].base))];
  return bases.flatMap((base) => {
    const meant = [...new Set(regions)].map((name) => vocabulary.regions[name]).filter((region) => region.base === base);
    return meant.length === 2 ? withoutSide(meant[0]) : meant.map(({ words }) => words);
  });
}

/** The words of a paired region, whose side stands behind the last comma ("Calf, left"; protocol/vocabulary.py, Region). */
const withoutSide = ({ words }) => words.slice(0, words.lastIndexOf(","));
