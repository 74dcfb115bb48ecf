// The engine at work, in a panel that a button of the header opens: load and speed with their curves, and which experts
// of which layer fire for which kind of text. It asks the server only while it is open and seen.
(() => {
  "use strict";

  const { h, swatch, colourOf } = window.sciview;

  const POLL_MS = 1000;
  const HISTORY_MS = 120_000;
  const NUMBERS = ["running", "waiting", "tokens_per_s", "step_ms", "kv_share", "cached_share", "preemptions"];
  const KINDS = { question: "--bs-curve-1", molecule: "--bs-curve-2", sequence: "--bs-curve-3", answer: "--bs-curve-4" };
  const SVG = "http://www.w3.org/2000/svg";

  let panel = null;
  let timer = null;
  let history = []; // {at, ...numbers} of the last two minutes; a pause is a gap

  const words = () => JSON.parse(document.querySelector("#engine-open").dataset.words);
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const written = (name, value) => {
    if (value === null) return "–";
    if (name.endsWith("_share")) return `${Math.round(100 * value)} %`;
    return name === "tokens_per_s" || name === "step_ms" ? value.toFixed(1) : String(value);
  };

  /** A curve of what came in the last two minutes, now at the right. */
  function curve(name, now) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [key, value] of Object.entries({ viewBox: "0 0 120 24", preserveAspectRatio: "none", class: "bs-engine-curve", "aria-hidden": "true" })) {
      svg.setAttribute(key, value);
    }
    const known = history.filter((sample) => sample[name] !== null);
    const top = Math.max(name.endsWith("_share") ? 1 : 0, ...known.map((sample) => sample[name])) || 1;
    let path = "";
    let last = -Infinity;
    for (const sample of known) {
      const x = 120 - (120 * (now - sample.at)) / HISTORY_MS;
      path += `${sample.at - last > 3 * POLL_MS ? "M" : "L"}${x.toFixed(1)} ${(23 - (22 * sample[name]) / top).toFixed(1)}`;
      last = sample.at;
    }
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function numbers(view, texts) {
    const now = performance.now();
    return h("dl", { className: "bs-engine-numbers", title: texts.engine_minutes }, ...NUMBERS.map((name) =>
      h("div", {}, h("dt", {}, texts[`engine_${name}`]), h("dd", {}, written(name, view[name])), curve(name, now))));
  }

  const channels = (colour) => {
    const context = h("canvas", { width: 1, height: 1 }).getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data;
  };

  /** How often a token of each kind chooses this expert, on average. */
  const rates = (experts, layer, expert) => Object.entries(experts.counts)
    .map(([kind, of]) => [kind, of[layer][expert] / experts.num_tokens[kind]]);

  /** A cell has the colour of the kind of text that chooses it most, and is the stronger the more often. */
  function paint(canvas, experts) {
    const { num_layers: rows, num_experts: columns } = experts;
    const colours = Object.fromEntries(Object.keys(experts.counts).map((kind) => [kind, channels(colourOf(document.body, KINDS[kind]))]));
    const image = canvas.getContext("2d").createImageData(columns, rows);
    const cells = [];
    for (let pixel = 0; pixel < rows * columns; pixel++) {
      const strongest = rates(experts, Math.floor(pixel / columns), pixel % columns).reduce((one, other) => (other[1] > one[1] ? other : one), [null, 0]);
      cells.push(strongest);
    }
    const most = Math.max(...cells.map(([, rate]) => rate)) || 1;
    cells.forEach(([kind, rate], pixel) => {
      if (kind) image.data.set([...colours[kind].slice(0, 3), 40 + (215 * rate) / most], 4 * pixel);
    });
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function cellText(event, canvas, experts, texts) {
    const box = canvas.getBoundingClientRect();
    const place = (offset, size, number) => Math.min(number - 1, Math.max(0, Math.floor((number * offset) / size)));
    const layer = place(event.clientY - box.top, box.height, experts.num_layers);
    const expert = place(event.clientX - box.left, box.width, experts.num_experts);
    const counts = Object.entries(experts.counts).map(([kind, of]) => [texts[`kind_${kind}`], of[layer][expert]]).filter(([, count]) => count);
    return filled(texts.experts_cell, { layer, expert, counts: counts.map(([kind, count]) => `${kind} ${count}`).join(", ") || "0" });
  }

  function heatMap(experts, texts) {
    const tokens = Object.entries(experts.num_tokens).filter(([, number]) => number)
      .map(([kind, number]) => [KINDS[kind], filled(texts.experts_tokens, { kind: texts[`kind_${kind}`], number })]);
    const caption = filled(texts.experts_picture, { layers: experts.num_layers, experts: experts.num_experts });
    const canvas = h("canvas", {
      className: "bs-engine-experts", width: experts.num_experts, height: experts.num_layers, role: "img",
      "aria-label": [caption, ...tokens.map(([, text]) => text)].join(" "),
    });
    const note = h("p", { className: "bs-engine-note" }, tokens.length ? caption : texts.experts_idle);
    canvas.addEventListener("pointermove", (event) => { note.textContent = cellText(event, canvas, experts, texts); });
    paint(canvas, experts);
    return [
      h("ul", { className: "bs-legend" }, ...tokens.map(([colour, text]) => h("li", {}, swatch(`var(${colour})`), text))),
      canvas, note,
    ];
  }

  function show(view) {
    const texts = words();
    const isPointing = panel.querySelector(".bs-engine-experts:hover"); // what is read is not taken away
    panel.querySelector("h2").textContent = texts.engine_view;
    panel.querySelector(".bs-engine-body").replaceChildren(...(view.problem ? [h("p", { className: "bs-problem" }, view.problem)] : [numbers(view, texts)]));
    if (view.problem || isPointing) return;
    panel.querySelector(".bs-engine-moe").replaceChildren(h("h3", {}, texts.experts_title),
      ...(view.experts ? heatMap(view.experts, texts) : [h("p", { className: "bs-engine-note" }, texts.experts_none)]));
  }

  async function ask() {
    try {
      const response = await fetch("engine");
      if (!response.ok) return { problem: await response.text() };
      return await response.json();
    } catch {
      return { problem: words().engine_gone };
    }
  }

  async function poll() {
    if (!document.hidden) {
      const view = await ask();
      if (!panel.open) return;
      const at = performance.now();
      if (!view.problem) history = [...history.filter((sample) => at - sample.at < HISTORY_MS), { at, ...view, experts: null }];
      show(view);
    }
    timer = setTimeout(poll, POLL_MS);
  }

  function close() {
    clearTimeout(timer);
    panel.close();
    document.querySelector("#engine-open")?.focus();
  }

  function build() {
    const texts = words();
    panel = h("dialog", { id: "engine-view", className: "sciview", "aria-labelledby": "engine-view-title" },
      h("div", { className: "bs-engine-head" }, h("h2", { id: "engine-view-title" }, texts.engine_view),
        h("button", { type: "button", className: "bs-engine-close", "aria-label": texts.engine_close, title: texts.engine_close, onclick: close }, "×")),
      h("div", { className: "bs-engine-body" }), h("section", { className: "bs-engine-moe" }));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // else it would stop the answer too
      event.stopPropagation();
      close();
    });
    document.body.append(panel);
  }

  function toggle() {
    if (!panel) build();
    if (panel.open) {
      close();
      return;
    }
    panel.show(); // beside the chat, not over it
    panel.querySelector(".bs-engine-close").focus();
    poll();
  }

  document.addEventListener("click", (event) => { if (event.target.closest?.("#engine-open")) toggle(); });
})();
