// Gradio's page sets the direction of the text of every message at every update, to what it is already. A browser then
// works out the style of all that stands below it anew, which for a long answer is most of what an update costs.
(() => {
  "use strict";

  const own = Object.getOwnPropertyDescriptor(HTMLElement.prototype, "dir");
  Object.defineProperty(HTMLElement.prototype, "dir", {
    ...own,
    set(direction) {
      if (this.getAttribute("dir") !== direction) own.set.call(this, direction);
    },
  });
})();
