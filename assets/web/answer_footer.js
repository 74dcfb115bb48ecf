// The line below an answer: its figures, where its numbers come from, what can be done with it. And beside each molecule
// that the answer names, a chip that draws it, or a mark that it is none. The answer's own text is never changed.
(() => {
  "use strict";

  const { h, kinds, button, copyButton } = window.sciview;

  /** The code elements of the answer that a footer ends: those between it and the question. */
  function codesBefore(footer) {
    const row = footer.closest(".message-row");
    const found = [];
    for (let place = row?.previousElementSibling; place && !place.matches(".user-row"); place = place.previousElementSibling) {
      found.push(...place.querySelectorAll(".prose code:not(pre code), .md code:not(pre code)"));
    }
    return found;
  }

  async function draw(smiles, panel) {
    const response = await fetch("molecule", { method: "POST", body: smiles });
    if (!response.ok) {
      panel.replaceChildren(h("span", { className: "bs-problem", role: "alert" }, await response.text()));
      return;
    }
    const address = URL.createObjectURL(await response.blob());
    const picture = h("img", { alt: smiles, src: address, className: "bs-molecule-chip-picture" });
    picture.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
    panel.replaceChildren(picture);
  }

  function chip(smiles, words) {
    const panel = h("span", { className: "bs-molecule-chip-panel", hidden: true });
    const self = button("", () => { // its sign is drawn by the style, so that a selection copies the answer alone
      const isOpen = panel.hidden;
      panel.hidden = !isOpen;
      self.setAttribute("aria-expanded", isOpen);
      if (isOpen && !panel.firstChild) draw(smiles, panel);
    }, {
      className: "bs-molecule-chip", "aria-expanded": "false",
      "aria-label": words.draw_molecule.replace("{smiles}", smiles), title: words.draw_molecule.replace("{smiles}", smiles),
    });
    return [self, panel];
  }

  const mark = (problem, words) =>
    h("span", { className: "bs-molecule-chip bs-molecule-chip-wrong", role: "note", title: `${words.not_a_molecule}: ${problem}`, "aria-label": `${words.not_a_molecule}: ${problem}` });

  function decorate(footer, value) {
    const structures = new Map(value.check.structures);
    for (const code of codesBefore(footer)) {
      const smiles = code.textContent.trim();
      if (!structures.has(smiles) || code.nextElementSibling?.classList.contains("bs-molecule-chip")) continue;
      const problem = structures.get(smiles);
      code.after(...(problem ? [mark(problem, value.words)] : chip(smiles, value.words)));
    }
  }

  /** Opens to one line a number. */
  function numbersChip(check) {
    const rows = check.rows.map(([number, source]) => [h("dt", {}, number), h("dd", {}, source)]).flat();
    return h("details", { className: check.is_grounded ? "bs-check" : "bs-check bs-check-open" },
      h("summary", {}, `${check.is_grounded ? "✓" : "⚠"} ${check.text}`), h("dl", {}, ...rows));
  }

  /** How full the conversation is: a small bar, in words for who cannot see it, and a sentence when it is tight. */
  function contextMeter(context) {
    const fill = h("span", { className: "bs-context-fill" });
    fill.style.width = `${context.percent}%`;
    const bar = h("span", {
      className: "bs-context-bar", role: "meter", "aria-valuemin": "0", "aria-valuemax": "100",
      "aria-valuenow": context.percent, "aria-valuetext": context.in_words, "aria-label": context.text,
    }, fill);
    return h("span", { className: context.warning ? "bs-context bs-context-tight" : "bs-context", title: context.in_words },
      bar, h("span", { "aria-hidden": "true" }, context.text));
  }

  /** Opens to the seconds of each stage. */
  function stagesChip(stages, words) {
    const rows = stages.map(([stage, seconds]) => [h("dt", {}, seconds), h("dd", {}, stage)]).flat();
    return h("details", { className: "bs-check bs-stages" }, h("summary", {}, words.stages), h("dl", {}, ...rows));
  }

  kinds.footer = (value) => {
    const element = h("div", { className: value.stopped ? "bs-footer bs-cut" : "bs-footer" },
      h("span", { className: "bs-facts" }, value.text),
      ...(value.context ? [contextMeter(value.context)] : []),
      ...(value.stages.length ? [stagesChip(value.stages, value.words)] : []),
      ...(value.check.text ? [numbersChip(value.check)] : []),
      ...(value.copy ? [copyButton(value.words.copy, value.copy, value.words)] : []),
      window.turnActions.host(),
      ...(value.context?.warning ? [h("p", { className: "bs-context-warning", role: "note" }, value.context.warning)] : []));
    if (value.check.structures.length) requestAnimationFrame(() => decorate(element, value)); // then it is in the page
    return { element };
  };

  /** In its place, when there is no answer. */
  kinds.failure = (value) => ({
    element: h("div", { className: "bs-failure", role: "alert" }, h("span", {}, `⚠ ${value.text}`), window.turnActions.host()),
  });
})();
