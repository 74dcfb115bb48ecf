// Between the page's own scripts and Gradio: the words in the reader's language, what is known of the turns that are
// shown, and wishes ("answer turn 2 again"), which one hidden component takes to the server. Constant.
(() => {
  "use strict";

  const held = { words: {}, turns: { conversation: "", num_turns: 0, is_begun: false, turns: [], is_busy: false } };
  const listeners = { words: [], turns: [] };
  let trigger = null;

  /** Call now and whenever the words or the turns have changed. */
  function watch(name, listener) {
    listeners[name].push(listener);
    listener(held[name]);
  }

  function take(name, value) {
    if (!value) return;
    held[name] = value;
    for (const listener of listeners[name]) listener(value);
  }

  /** What Gradio's HTML components call once, each with its own part: words, turns, wishes. */
  function mount(part, props, watchProps, triggerEvent) {
    if (part === "wishes") {
      trigger = triggerEvent;
      return;
    }
    take(part, props.value);
    watchProps("value", () => take(part, props.value));
  }

  const LEADS_TO_AN_ANSWER = ["open", "retry", "go_on"]; // the others are granted without reading an answer along

  /** Fields: numbers of turns, counted from 0, and addresses of conversations. The server checks them. */
  function wish(what, fields = {}) {
    trigger?.(LEADS_TO_AN_ANSWER.includes(what) ? "click" : "select", { what, ...fields });
  }

  const filled = (template, values) =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), template);

  const textBox = () => document.querySelector("#box textarea");

  /** Write into the box as if it had been typed, so that Gradio notices. */
  function write(text) {
    const box = textBox();
    if (!box) return;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }

  /** A small drawing of lines, from a path in a square of 24. */
  function icon(name) {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [attribute, value] of [["viewBox", "0 0 24 24"], ["class", "bs-icon"], ["aria-hidden", "true"]]) {
      drawing.setAttribute(attribute, value);
    }
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[name]);
    drawing.append(path);
    return drawing;
  }

  const ICONS = {
    list: "M4 6h16M4 12h16M4 18h16",
    new: "M12 5v14M5 12h14",
    search: "M11 4a7 7 0 1 0 0 14a7 7 0 1 0 0-14M16.5 16.5L21 21",
    more: "M5 12h.01M12 12h.01M19 12h.01",
    retry: "M20 11a8 8 0 1 0-2.3 6.3M20 5v6h-6",
    edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
    undo: "M9 6L4 11l5 5M4 11h10a6 6 0 0 1 0 12h-3",
    earlier: "M14 6l-6 6l6 6",
    later: "M10 6l6 6l-6 6",
    go_on: "M5 5l8 7l-8 7zM18 5v14",
    like: "M7 11v9H4v-9zM7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9H19a2 2 0 0 1 2 2.3l-1.2 7A2 2 0 0 1 17.8 20H7",
    dislike: "M7 13V4H4v9zM7 13l4 8a2.5 2.5 0 0 0 2.5-2.5V15H19a2 2 0 0 0 2-2.3l-1.2-7A2 2 0 0 0 17.8 4H7",
    attach: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 4.8 4.8L9.6 17a1.7 1.7 0 0 1-2.4-2.4L14.5 7",
    camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 10a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7",
    record: "M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M5 11a7 7 0 0 0 14 0M12 18v3",
    settings: "M4 7h9M17 7h3M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M4 17h3M11 17h9M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    close: "M6 6l12 12M18 6L6 18",
  };

  window.desk = { mount, watch, wish, filled, textBox, write, icon, words: () => held.words, turns: () => held.turns };
})();
