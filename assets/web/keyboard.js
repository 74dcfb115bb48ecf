// The keys of the page. A key is never taken from a field that somebody types in, nor from an input method at work.
(() => {
  "use strict";

  const { h } = window.sciview;
  const { wish, words, turns, textBox, icon } = window.desk;
  const FIELDS = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true]";

  const isComposing = (event) => event.isComposing || event.keyCode === 229; // 229: an input method is at work
  const isField = (element) => Boolean(element?.closest?.(FIELDS));
  const isShortcut = (event, key) =>
    (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === key;
  const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey;

  function list() {
    const apple = /Mac|iPhone|iPad/.test(navigator.platform);
    const command = apple ? "⌘" : "Ctrl";
    const rows = [
      ["Enter", "key_enter"], ["Shift + Enter", "key_shift_enter"], ["Esc", "key_escape"], [`${command} + K`, "key_new"],
      ["↑", "key_up"], ["/", "key_slash"], [`${command} + /`, "key_search"], ["?", "key_list"],
    ];
    const close = h("button", { type: "button", className: "bs-icon-button", "aria-label": words().close_panel, onclick: () => dialog.close() }, icon("close"));
    const dialog = h("dialog", { className: "bs-keys", "aria-label": words().keys },
      h("header", {}, h("h2", {}, words().keys), close),
      h("dl", {}, ...rows.flatMap(([key, means]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, words()[means])])));
    dialog.addEventListener("close", () => dialog.remove());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.body.append(dialog);
    dialog.showModal();
  }

  function escape() {
    const stop = document.querySelector("#box .stop-button");
    if (stop) stop.click();
    else if (window.attachments.isEditing()) window.attachments.cancelEdit();
  }

  /** What the key does, or nothing. */
  function actionOf(event) {
    const isInBox = event.target === textBox();
    const isElsewhere = isField(event.target) && !isInBox;
    if (isElsewhere || document.querySelector("dialog[open]")) return null;
    if (event.key === "Escape") return escape;
    if (isShortcut(event, "k")) return window.conversationList.newChat;
    if (isShortcut(event, "/")) return window.conversationList.search;
    if (isInBox) {
      const last = turns().turns.length - 1;
      const canEdit = event.key === "ArrowUp" && isPlain(event) && !event.shiftKey && !textBox().value && last >= 0 && !turns().is_busy;
      return canEdit ? () => wish("edit", { turn: last }) : null;
    }
    if (event.key === "/" && isPlain(event)) return () => textBox()?.focus();
    return event.key === "?" && isPlain(event) ? list : null;
  }

  document.addEventListener("keydown", (event) => {
    if (isComposing(event) || event.defaultPrevented) return;
    const action = actionOf(event);
    if (!action) return;
    if (event.key !== "Escape") event.preventDefault();
    action();
  });
  document.addEventListener("click", (event) => { if (event.target.closest?.(".bs-keys-button")) list(); });
})();
