// What a screen reader is told of Gradio's own parts: their names are English whatever the page speaks, and each message is
// named by all of its text, anew at every update. The words are those that stand on the page already.
(() => {
  "use strict";

  const OF_A_MESSAGE = /^(bot|user)'s message/;

  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function set(name, value) {
    if (name !== "aria-label" || !OF_A_MESSAGE.test(value)) setAttribute.call(this, name, value);
  };

  function name(selector, label) {
    const element = document.querySelector(selector);
    if (element && label && element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
  }

  function nameAll() {
    name("#box textarea", document.querySelector("#box textarea")?.placeholder);
    name("#log [role=log]", document.querySelector("#model")?.dataset.log);
    for (const button of document.querySelectorAll("#box :is(.submit-button, .stop-button)[aria-label]")) {
      button.removeAttribute("aria-label"); // it says what it does
    }
  }

  new MutationObserver(nameAll).observe(document.documentElement, { childList: true, subtree: true });
})();
