// The page around the chat: the model's state, the theme. Constant, and the same for everybody.
(() => {
  "use strict";

  const POLL_MS = 1000;
  const THEME_KEY = "benchside-theme";
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");

  function applyTheme() {
    const choice = localStorage.getItem(THEME_KEY);
    const asked = new URLSearchParams(location.search).get("__theme");
    const isDark = (choice || asked || (prefersDark.matches ? "dark" : "light")) === "dark";
    document.body.classList.toggle("dark", isDark);
  }

  function toggleTheme() {
    localStorage.setItem(THEME_KEY, document.body.classList.contains("dark") ? "light" : "dark");
    applyTheme();
  }

  let state = { isReady: false, status: "loading" };

  async function askModelState() {
    try {
      const response = await fetch("ready");
      return { isReady: response.ok, ...(await response.json()) };
    } catch {
      return { isReady: false, status: "gone" };
    }
  }

  function showModelState() {
    const line = document.querySelector("#model");
    if (!line) return;
    const word = line.dataset[state.status] ?? line.dataset.gone;
    const text = [state.model, word, state.detail].filter(Boolean).join(" · ");
    if (line.textContent !== text) line.textContent = text;
    const shown = state.isReady ? "ready" : state.status;
    if (line.dataset.state !== shown) line.dataset.state = shown;
  }

  async function watchModel() {
    const wasReady = state.isReady;
    state = await askModelState();
    if (state.isReady && !wasReady) window.modelFacts.ask();
    showModelState();
    setTimeout(watchModel, state.isReady ? 3 * POLL_MS : POLL_MS);
  }

  document.addEventListener("click", (event) => { if (event.target.closest?.("#theme")) toggleTheme(); });
  prefersDark.addEventListener("change", applyTheme);
  // Gradio draws the header late, and again in another language
  new MutationObserver(showModelState).observe(document.documentElement, { childList: true, subtree: true });
  applyTheme();
  watchModel();
})();
