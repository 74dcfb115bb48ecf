// What can be done with a turn, in the line below its answer. Which turn it is, its place in the conversation tells; what
// can be done with it, the server.
(() => {
  "use strict";

  const { h } = window.sciview;
  const { watch, wish, icon, words, turns, filled } = window.desk;

  const act = (name, label, onclick, attributes = {}) =>
    h("button", { type: "button", className: `bs-icon-button bs-${name}`, "aria-label": label, title: label, disabled: turns().is_busy, onclick, ...attributes },
      icon(name));

  function versions(number, { index, count }) {
    if (count < 2) return [];
    const step = (name, label, by, isEnd) =>
      act(name, label, () => wish("choose", { turn: number, value: by }), isEnd ? { disabled: true } : {});
    return [h("span", { className: "bs-versions" },
      step("earlier", words().earlier_version, -1, index === 0),
      h("span", { "aria-label": filled(words().version, { index: index + 1, count }) }, `${index + 1} / ${count}`),
      step("later", words().later_version, +1, index === count - 1))];
  }

  function opinion(number, name, value, feedback) {
    const isChosen = feedback === value;
    return act(name, words()[name], () => wish("like", { turn: number, value: isChosen ? 0 : value }), {
      "aria-pressed": String(isChosen), disabled: false,
    });
  }

  /** The calls behind a turn, for another program; another script listens to these. */
  function calls(number) {
    const entry = (action, label) =>
      h("button", { type: "button", "data-action": action, "data-conversation": turns().conversation, "data-turn": number }, label);
    const summary = h("summary", { className: "bs-icon-button", "aria-label": words().more_turn_actions, title: words().more_turn_actions }, icon("more"));
    return h("details", { className: "bs-turn-more" }, summary,
      h("div", { className: "bs-row-menu" }, entry("copy-curl", words().turn_as_curl), entry("copy-python", words().turn_as_python)));
  }

  function buttons(number, turn) {
    const isLast = number === turns().turns.length - 1;
    return [
      ...(turn.can_go_on && isLast
        ? [h("button", { type: "button", className: "bs-button bs-go-on", disabled: turns().is_busy, onclick: () => wish("go_on") }, words().go_on)] : []),
      ...versions(number, turn),
      act("retry", words().retry_turn, () => wish("retry", { turn: number })),
      act("edit", words().edit_turn, () => wish("edit", { turn: number })),
      act("undo", words().undo_turn, () => wish("undo", { turn: number })),
      opinion(number, "like", 1, turn.feedback),
      opinion(number, "dislike", -1, turn.feedback),
      calls(number),
    ];
  }

  function fillAll() {
    const questions = [...document.querySelectorAll("#log .message-row.user-row")];
    for (const host of document.querySelectorAll("#log .bs-turn-actions")) {
      const number = questions.filter((row) => row.compareDocumentPosition(host) & Node.DOCUMENT_POSITION_FOLLOWING).length - 1;
      const turn = turns().turns[number];
      const shown = JSON.stringify([number, turn ?? null, turns().is_busy, turns().turns.length, turns().conversation, words().like]);
      if (host.dataset.shown === shown) continue;
      host.dataset.shown = shown;
      const focused = host.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      host.setAttribute("aria-label", words().turn_actions ?? "");
      host.replaceChildren(...(turn ? buttons(number, turn) : []));
      if (focused) [...host.querySelectorAll("button")].find((button) => button.getAttribute("aria-label") === focused)?.focus();
    }
  }

  /** An answer that is being edited, and what follows it, is dimmed until the new version is sent. */
  function dimFrom(number) {
    const rows = [...document.querySelectorAll("#log .message-row")];
    const from = number === null ? -1 : rows.indexOf(rows.filter((row) => row.matches(".user-row"))[number]);
    rows.forEach((row, place) => row.classList.toggle("bs-replaced", from >= 0 && place >= from));
  }

  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll(".bs-turn-more[open]")) {
      if (!open.contains(event.target) || event.target.closest("[data-action]")) open.open = false;
    }
  });

  watch("turns", fillAll);
  watch("words", fillAll);

  const host = () => {
    setTimeout(fillAll); // when it is in the page
    return h("span", { className: "bs-turn-actions", role: "group" });
  };
  window.turnActions = { host, dimFrom };
})();
