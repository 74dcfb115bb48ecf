// The end of the chat stays in view while an answer grows, unless its reader has scrolled away from it. Nothing is
// measured but in a ResizeObserver and at a scroll, where the layout is known: asking for it at every update of an answer
// costs more than drawing the answer.
(() => {
  "use strict";

  const NEAR_END_PX = 100;
  let isAtEnd = true;
  let view = null; // what scrolls; Gradio makes it late, and its content anew for another chat

  const toEnd = () => { if (isAtEnd && view) view.scrollTop = view.scrollHeight; };
  const sizes = new ResizeObserver(toEnd);

  function onScroll() {
    isAtEnd = view.scrollTop + view.clientHeight >= view.scrollHeight - NEAR_END_PX;
  }

  function watch(found) {
    view = found;
    isAtEnd = true;
    view.addEventListener("scroll", onScroll, { passive: true });
    const watchContent = () => {
      sizes.disconnect();
      for (const content of [view, ...view.children]) sizes.observe(content);
    };
    new MutationObserver(watchContent).observe(view, { childList: true });
    watchContent();
  }

  function find() {
    const found = document.querySelector("#log .bubble-wrap");
    if (found && found !== view) watch(found);
  }

  /** Who asks something wants to see what comes of it. */
  function onAsk(event) {
    const isEnter = event.type === "keydown" && event.key === "Enter" && event.target.matches?.("#box textarea");
    if (!isEnter && !event.target.closest?.("#box .submit-button, .bs-last-turn")) return;
    isAtEnd = true;
    toEnd();
  }

  for (const type of ["keydown", "click"]) document.addEventListener(type, onAsk);
  new MutationObserver(find).observe(document.documentElement, { childList: true, subtree: true });
})();
