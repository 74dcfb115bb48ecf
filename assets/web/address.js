// The page's address names the conversation that is shown, so that a reload, the Back key and a second tab open it.
(() => {
  "use strict";

  const { watch, wish, turns } = window.desk;
  const named = () => new URLSearchParams(location.search).get("c") ?? "";
  const shown = () => (turns().is_begun ? turns().conversation : "");

  let isFirst = true; // the page has just been opened, so there is nothing to go back to

  watch("turns", () => {
    if (!turns().conversation) return; // the server has not said yet which one it is
    if (named() !== shown()) {
      const address = new URL(location.href);
      if (shown()) address.searchParams.set("c", shown());
      else address.searchParams.delete("c");
      history[isFirst ? "replaceState" : "pushState"](null, "", address);
    }
    isFirst = false;
  });

  window.addEventListener("popstate", () => {
    if (named() === shown()) return;
    if (named()) wish("open", { conversation: named() });
    else wish("new");
  });
})();
