// How the next answers are made: a panel of numbers, each beside the model's own value. Only what differs from that is
// sent, and kept for this browser. The server checks all of it.
(() => {
  "use strict";

  const { h } = window.sciview;
  const { watch, icon, words, filled } = window.desk;
  const KEPT_KEY = "benchside-turn-settings";
  const THINKING_KEY = "benchside-thinking";
  const STEPS = { temperature: 0.05, top_p: 0.01, top_k: 1, min_p: 0.01, repetition_penalty: 0.01, max_tokens: 1, seed: 1 };
  const NAMES = Object.keys(STEPS);

  let component = null; // {value: {temperature: 0.2, ...}}, which goes along with a question
  let host = null;
  let model = null; // what GET /model says of the loaded model

  const given = () => component?.value ?? {};

  function kept() {
    try {
      const stored = JSON.parse(localStorage.getItem(KEPT_KEY) ?? "{}");
      return Object.fromEntries(Object.entries(stored).filter(([name]) => NAMES.includes(name)));
    } catch {
      return {}; // written by another version
    }
  }

  function set(values) {
    component.value = values;
    localStorage.setItem(KEPT_KEY, JSON.stringify(values));
    showState();
  }

  function put(name, text) {
    const values = { ...given() };
    const number = Number(text);
    if (text.trim() === "" || number === model.sampling[name]) delete values[name];
    else values[name] = Number.isNaN(number) ? text.trim() : number;
    set(values);
  }

  function showState() {
    const count = Object.keys(given()).length;
    const button = host.querySelector(".bs-settings-button");
    button.classList.toggle("bs-changed", count > 0);
    button.querySelector("span").textContent = count ? filled(words().settings_changed, { number: count }) : words().settings_button;
    for (const row of host.querySelectorAll(".bs-setting")) row.classList.toggle("bs-changed", row.dataset.name in given());
  }

  const shownDefault = (name) => (model.sampling[name] === null ? words().random_seed : String(model.sampling[name]));

  function row(name) {
    const limits = model.limits[name];
    const field = h("input", {
      type: "number", id: `setting-${name}`, min: limits.low, max: limits.high, step: limits.is_whole ? 1 : "any",
      value: given()[name] ?? "", placeholder: shownDefault(name), inputmode: limits.is_whole ? "numeric" : "decimal",
      "aria-describedby": `setting-means-${name}`,
    });
    field.addEventListener("input", () => put(name, field.value));
    return h("div", { className: "bs-setting", "data-name": name },
      h("label", { for: field.id }, words()[name]), field,
      h("p", { id: `setting-means-${name}` },
        `${words()[`${name}_means`]} · ${filled(words().model_default, { value: shownDefault(name) })}`));
  }

  function panel() {
    const close = h("button", { type: "button", className: "bs-icon-button", "aria-label": words().close_panel, title: words().close_panel, onclick: () => toggle(false) }, icon("close"));
    const reset = h("button", { type: "button", className: "bs-button bs-reset", onclick: () => { set({}); toggle(true); } }, words().reset_settings);
    return h("section", { className: "bs-settings-panel sciview", role: "dialog", "aria-label": words().settings_button },
      h("header", {}, h("h2", {}, words().settings_button), h("p", {}, words().settings_for), close),
      ...(model ? NAMES.map(row) : [h("p", { className: "bs-list-note" }, words().settings_waiting)]),
      h("footer", {}, reset));
  }

  const isOpen = () => Boolean(host?.querySelector(".bs-settings-panel"));

  function toggle(open) {
    host.querySelector(".bs-settings-panel")?.remove();
    host.querySelector(".bs-settings-button").setAttribute("aria-expanded", String(open));
    if (!open) return;
    host.append(panel());
    showState();
    host.querySelector("input, button.bs-reset").focus();
  }

  function build(texts) {
    if (!host || !texts.settings_button) return;
    const button = h("button", { type: "button", className: "bs-tool-button bs-settings-button", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => toggle(!isOpen()) },
      icon("settings"), h("span", {}));
    host.replaceChildren(button);
    showState();
  }

  /** What Gradio's HTML component calls once. */
  function mount(element, props) {
    host = element.querySelector(".bs-settings");
    component = props;
    component.value = kept();
    watch("words", build);
    window.modelFacts.watch((facts) => { model = facts; if (isOpen()) toggle(true); });
  }

  // The switch is Gradio's; what was chosen is kept here.
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("#think input")) localStorage.setItem(THINKING_KEY, event.target.checked ? "on" : "off");
  });
  const restoreThinking = () => {
    const field = document.querySelector("#think input");
    if (!field) return false;
    if (localStorage.getItem(THINKING_KEY) === "off" && field.checked) field.click();
    return true;
  };
  watch("words", (texts) => { if (texts.settings_button) restoreThinking(); });

  document.addEventListener("click", (event) => {
    if (isOpen() && event.target.isConnected && !host.contains(event.target)) toggle(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !isOpen()) return;
    event.preventDefault();
    toggle(false);
    host.querySelector(".bs-settings-button").focus();
  }, true);

  window.turnSettings = { mount };
})();
