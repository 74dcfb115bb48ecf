// Gradio's loading sign counts seconds that nobody sees, and goes on with it for ever once the page is there: a browser then
// makes 60 frames a second of a page that does not change. This must stand before Gradio's own scripts.
(() => {
  "use strict";

  const own = window.requestAnimationFrame;
  const isClock = (callback) => String(callback).includes("performance.now()-");
  window.requestAnimationFrame = (callback) => (isClock(callback) ? 0 : own.call(window, callback));
})();
