// Touches at random what may be touched, by a chance that is the same for the same seed: (seed, touches) => screens.
//
// It runs in the page, where a touch takes a hundredth of the time that it takes from outside.
async ([seed, touches]) => {
  let state = seed >>> 0;
  const chance = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  const any = (list) => list[Math.floor(chance() * list.length)];
  const all = (selector) => [...document.querySelectorAll(selector)].filter((node) => node.offsetParent && !node.disabled);
  const named = (words, within = "#controls") => all(`${within} button`).find((node) => node.textContent.trim() === words);
  const main = () => all("#controls .button.primary")[0];
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const settled = async () => {
    do await pause(1); while (document.body.dataset.busy);
  };
  const fill = (node, value) => {
    node.value = value;
    node.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const tick = (node) => node && node.click();

  /** What a healthy person says, or now and then anything at all. */
  const answers = () => {
    document.querySelectorAll(".numbers .number").forEach((node, at) => fill(node, ["124", "78"][at] || "60"));
    tick(any([...document.querySelectorAll(".scale input")]) || null);
    document.querySelectorAll("fieldset.asked").forEach((asked) => {
      const calm = ["no", "!", "-", "none"].map((value) => asked.querySelector(`input[value="${value}"]`)).find(Boolean);
      const number = asked.querySelector("input.number");
      calm ? tick(calm) : number ? fill(number, "1") : tick(asked.querySelector("input[type=radio]"));
    });
    all("#note").forEach((node) => fill(node, "Something was seen."));
  };
  const forward = () => {
    answers();
    return main() || any(all("#controls button"));
  };
  const ways = {
    arrive: () => {
      document.querySelectorAll("[data-identifier]:not(:checked)").forEach((box) => box.click());
      return named("Same person");
    },
    before: () => (chance() < 0.04 && named("Something new")) || (chance() < 0.03 && named("Not measured")) || (chance() < 0.06 && named("Not in order"))
      || forward(),
    run: () => {
      const reason = document.querySelector("input[name=reason][value=patient_wish]");
      if (reason) {
        reason.click();
        return named("Leave it out");
      }
      const asked = all(".ask-now .answers .button");
      const way = chance();
      return (asked.length && chance() < 0.8 && any(asked)) || (way < 0.08 && named("Hold")) || (way < 0.16 && named("Skip"))
        || (way < 0.22 && named("Back")) || (way < 0.25 && named("STOP")) || (way < 0.31 && named("Something new"))
        || all("#controls .button.main")[0] || named("STOP");
    },
    news: () => {
      const boxes = [...document.querySelectorAll(".asked input[type=radio]")];
      tick(any(boxes));
      const facts = all(".facts .fact");
      return (boxes.length && named("Decide again")) || (facts.length && chance() < 0.8 && any(facts)) || named("Something else") || named("Back");
    },
    stopped: () => any(all(".reasons .reason")) || (chance() < 0.7 && named("Patient is well: go on")) || named("Afterwards") || named("Back"),
    after: () => {
      tick(any([...document.querySelectorAll("input[name=reaction]")]));
      return forward();
    },
  };

  const seen = [];
  for (let touch = 0; touch < touches && ways[document.body.dataset.screen]; touch += 1) {
    seen.push(document.body.dataset.screen);
    const target = ways[document.body.dataset.screen]();
    await pause(1);
    tick(target && !target.disabled ? target : main());
    await settled();
    if (chance() < 0.1) await pause(Math.floor(chance() * 1200));
  }
  return seen;
}
