// The language of the page: chosen in its header, changed without a reload, remembered by this browser in a cookie of its
// own that the server reads with every request. All words come from the server.
(() => {
  "use strict";

  const COOKIE = "benchside_language";
  const A_YEAR_S = 365 * 24 * 3600;

  function choose(language) {
    document.cookie = `${COOKIE}=${language}; path=/; max-age=${A_YEAR_S}; samesite=lax`;
    document.documentElement.lang = language;
    document.querySelector("#speak")?.click();
    dispatchEvent(new CustomEvent("benchside-language", { detail: language })); // for parts that ask for their own words
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("#language");
    if (button) choose(button.dataset.language);
  });
})();
