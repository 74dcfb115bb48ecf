// The language of the page: chosen in its header, changed without a reload, remembered by this browser in a cookie of its
// own that the server reads with every request. All words come from the server; the header says which language they are.
(() => {
  "use strict";

  const COOKIE = "benchside_language";
  const A_YEAR_S = 365 * 24 * 3600;
  const root = document.documentElement;
  const header = () => document.querySelector("#model");

  /** Gradio sets the language of the page to that of the browser. */
  function settle() {
    const spoken = header()?.lang;
    if (spoken && root.lang !== spoken) root.lang = spoken;
  }

  function choose(language) {
    document.cookie = `${COOKIE}=${language}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
    header().lang = language;
    settle();
    document.querySelector("#speak")?.click();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#language");
    if (button) choose(button.dataset.language);
  });
  new MutationObserver(settle).observe(root, { attributes: true, attributeFilter: ["lang"], childList: true, subtree: true });
  settle();
})();
