// The language of the page: chosen in its header, changed without a reload, remembered by this browser in a cookie of its
// own that the server reads with every request. All words come from the server.
(() => {
  "use strict";

  const COOKIE = "benchside_language";
  const A_YEAR_S = 365 * 24 * 3600;
  const LOCALES = { en: "en-US", zh: "zh-CN" };
  const root = document.documentElement;
  let language = root.lang; // as the server sent it

  /** Gradio asks the browser for the language of its own few words, once, and then sets that of the page too. */
  function settleGradio() {
    if (!navigator.language.startsWith(language)) {
      Object.defineProperty(navigator, "language", { value: LOCALES[language] });
      Object.defineProperty(navigator, "languages", { value: [LOCALES[language]] });
    }
    new MutationObserver(() => { if (root.lang !== language) root.lang = language; })
      .observe(root, { attributes: true, attributeFilter: ["lang"] });
  }

  function choose(next) {
    document.cookie = `${COOKIE}=${next}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
    root.lang = language = next;
    document.querySelector("#speak")?.click();
    dispatchEvent(new CustomEvent("benchside-language")); // for parts that ask for words of their own
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#language");
    if (button) choose(button.dataset.language);
  });
  settleGradio();
})();
