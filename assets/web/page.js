// The page around the chat: the model's state, the keyboard, the theme. Constant, and the same for everybody.
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
    line.dataset.state = state.isReady ? "ready" : state.status;
  }

  async function watchModel() {
    state = await askModelState();
    showModelState();
    setTimeout(watchModel, state.isReady ? 3 * POLL_MS : POLL_MS);
  }

  const isComposing = (event) => event.isComposing || event.keyCode === 229; // 229: an input method is at work

  function onKey(event) {
    if (isComposing(event) || event.defaultPrevented) return;
    if (event.key === "Escape") {
      document.querySelector("#box .stop-button")?.click();
    } else if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      document.querySelector("#new-chat")?.click();
      document.querySelector("#box textarea")?.focus();
    }
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => { if (event.target.closest?.("#theme")) toggleTheme(); });
  prefersDark.addEventListener("change", applyTheme);
  // Gradio draws the header late, and again in another language
  new MutationObserver(showModelState).observe(document.documentElement, { childList: true, subtree: true });
  applyTheme();
  watchModel();
})();
