// A page that is as high as what a phone's keyboard leaves of the window, and reaches under the edges of its screen; the
// style keeps clear of them.
(() => {
  "use strict";

  const meta = document.querySelector("meta[name=viewport]");
  if (meta) meta.content = "width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";
})();
