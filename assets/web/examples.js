// What an empty chat shows: a greeting, and one card for each kind of thing that the model reads. A card fills the box,
// with its file, and sends nothing.
(() => {
  "use strict";

  const { h } = window.sciview;
  const { textBox, write } = window.desk;
  const MAX_CARDS = 6;
  const MARKS = { text: "∑", image: "▣", video: "▶", molecule: "⬡", protein: "≡", signal: "∿", structure: "◉", compound: "⌕" };

  let component = null; // {value: {title, tagline, label, cards: [{kind, label, text, file, needs}]}}
  let host = null;
  let facts = null;

  const isAbleTo = (need) => facts.reads.includes(need) || facts.tools.includes(need);

  async function choose(card) {
    write(card.text);
    if (!card.file) return;
    const response = await fetch(`examples/${card.file}`);
    if (!response.ok) return;
    window.attachments.replaceAll([new File([await response.blob()], card.file)]);
    textBox()?.focus();
  }

  const cardButton = (card) =>
    h("button", { type: "button", className: "bs-example", onclick: () => choose(card) },
      h("span", { className: "bs-example-mark", "aria-hidden": "true" }, MARKS[card.kind]),
      h("span", { className: "bs-example-label" }, card.label),
      h("span", { className: "bs-example-text" }, card.text));

  function draw() {
    const value = component?.value;
    if (!value) return;
    const cards = facts ? value.cards.filter((card) => card.needs.every(isAbleTo)).slice(0, MAX_CARDS) : [];
    host.replaceChildren(
      h("h2", {}, value.title), h("p", {}, value.tagline),
      h("div", { className: "bs-examples", role: "group", "aria-label": value.label }, ...cards.map(cardButton)));
  }

  /** What Gradio's HTML component calls once. */
  function mount(element, props, watch) {
    host = element.querySelector(".bs-welcome");
    component = props;
    watch("value", draw);
    window.modelFacts.watch((known) => { facts = known; draw(); });
    draw();
  }

  window.examples = { mount };
})();
