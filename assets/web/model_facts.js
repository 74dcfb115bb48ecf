// What the loaded model reads, which tools it has and how it samples. page.js has it asked once the model is there.
(() => {
  "use strict";

  const listeners = [];
  let facts = null;

  async function ask() {
    const response = await fetch("model");
    if (!response.ok) return;
    facts = await response.json();
    listeners.forEach((listener) => listener(facts));
  }

  function watch(listener) {
    listeners.push(listener);
    if (facts) listener(facts);
  }

  window.modelFacts = { watch, ask };
})();
