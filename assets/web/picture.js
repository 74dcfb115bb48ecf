// A picture in pixels: boxes over it with their names, or the frames of a video with their times.
(() => {
  "use strict";

  const { h, kinds, figure, fullscreenButtons, problem } = window.sciview;

  kinds.png = (value) => {
    const { words, meta } = value;
    const stage = h("div", { className: "bs-stage" });
    const picture = h("img", { src: value.url, alt: value.alt, className: "bs-picture" });
    picture.addEventListener("error", () => stage.replaceChildren(problem(words.no_picture)));
    picture.addEventListener("load", () => {
      stage.replaceChildren(meta.times?.length ? frames(value, picture) : boxed(value, picture));
    }, { once: true });
    stage.append(h("div", { className: "bs-frame" }, picture));
    return { element: figure(value, stage, ...fullscreenButtons(words, stage)) };
  };

  /** The boxes are named in a list below, and each shows itself when its name is pointed at, and the other way round. */
  function boxed(value, picture) {
    const boxes = value.meta.boxes ?? [];
    const outlines = [];
    const names = [];
    const light = (index, isLit) => {
      outlines[index].classList.toggle("bs-lit", isLit);
      names[index].classList.toggle("bs-lit", isLit);
    };
    boxes.forEach((box, index) => {
      const events = {
        onmouseenter: () => light(index, true), onmouseleave: () => light(index, false),
        onfocus: () => light(index, true), onblur: () => light(index, false),
      };
      const outline = h("div", { className: "bs-box", ...events },
        h("span", { className: "bs-box-label", "aria-hidden": "true" }, box.label));
      const share = (length, whole) => `${(100 * length) / whole}%`;
      outline.style.left = share(box.x, picture.naturalWidth);
      outline.style.top = share(box.y, picture.naturalHeight);
      outline.style.width = share(box.width, picture.naturalWidth);
      outline.style.height = share(box.height, picture.naturalHeight);
      outlines.push(outline);
      names.push(h("button", { type: "button", className: "bs-button", ...events }, box.label || `${index + 1}`));
    });
    const frame = h("div", { className: "bs-frame" }, picture, ...outlines);
    const list = h("ul", { className: "bs-box-names", "aria-label": value.words.boxes }, ...names.map((name) => h("li", {}, name)));
    return h("div", { className: "bs-boxed" }, frame, ...(boxes.length ? [list] : []));
  }

  /** Each frame is a window onto the one picture that holds all of them, row by row. */
  function frames(value, picture) {
    const { times } = value.meta;
    const columns = value.meta.columns || times.length;
    const rows = Math.ceil(times.length / columns);
    const cells = times.map((time, index) => {
      const image = h("img", { src: value.url, alt: "", className: "bs-sheet" });
      image.style.width = `${100 * columns}%`;
      image.style.left = `${-100 * (index % columns)}%`;
      image.style.top = `${-100 * Math.floor(index / columns)}%`;
      const frame = h("div", { className: "bs-cell" }, image);
      frame.style.aspectRatio = `${picture.naturalWidth / columns} / ${picture.naturalHeight / rows}`;
      return h("li", {}, frame, h("span", { className: "bs-time" }, `${time.toFixed(2)} s`));
    });
    const list = h("ol", { className: "bs-sheet-frames", "aria-label": value.alt }, ...cells);
    list.style.setProperty("--bs-columns", columns);
    return list;
  }
})();
