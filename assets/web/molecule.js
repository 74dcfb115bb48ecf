// A molecule in 2D: its drawing, light or dark; its atoms tell their number; in 3D on request.
(() => {
  "use strict";

  const { h, kinds, button, copyButton, figure, problem, watchTheme } = window.sciview;
  const SVG = "http://www.w3.org/2000/svg";
  const REACH = 0.06; // how far from an atom a click still means it, as a share of the picture's width
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

  kinds.svg = (value) => {
    const { words, meta } = value;
    const picture = h("img", { alt: value.alt, className: "bs-molecule" });
    const unwatch = watchTheme((theme) => { picture.src = `${value.url}?theme=${theme}`; });
    const drawing = h("div", { className: "bs-drawing" }, picture);
    const stage = h("div", { className: "bs-stage" }, drawing);
    const readout = h("p", { className: "bs-readout", role: "status" });
    let viewer = null;
    const in3d = button(words.in_3d, () => {
      viewer = window.sciview.viewer3d({ ...value, url: `${value.url}/3d`, meta: { ...meta, format: "sdf" } }, "POST");
      stage.append(viewer.element);
      in3d.remove();
      viewer.start();
    }, { className: "bs-button bs-in-3d" });
    picture.addEventListener("error", () => drawing.replaceChildren(problem(words.no_picture)));
    if (meta.atoms?.length) {
      picture.addEventListener("load", () => {
        if (!drawing.querySelector("svg")) drawing.append(atoms(value, picture, readout));
      });
      drawing.append(readout);
    }
    return {
      element: figure(value, stage, ...(meta.smiles && !value.isKept ? [in3d] : []),
        ...(meta.smiles ? [copyButton(words.copy_smiles, meta.smiles, words)] : [])),
      drop() {
        unwatch();
        viewer?.drop();
      },
    };
  };

  /** A layer over the drawing: a click or the arrow keys choose an atom. An atom is [x, y] or [x, y, element]. */
  function atoms(value, picture, readout) {
    const width = picture.naturalWidth;
    const places = value.meta.atoms;
    const layer = document.createElementNS(SVG, "svg");
    layer.setAttribute("viewBox", `0 0 ${width} ${picture.naturalHeight}`);
    layer.setAttribute("class", "bs-atoms");
    layer.setAttribute("tabindex", "0");
    layer.setAttribute("role", "group");
    layer.setAttribute("aria-label", value.words.choose_atom);
    const ring = document.createElementNS(SVG, "circle");
    ring.setAttribute("r", width * 0.03);
    let chosen = null;
    const choose = (index) => {
      chosen = index;
      const [x, y, element] = places[index];
      ring.setAttribute("cx", x);
      ring.setAttribute("cy", y);
      layer.append(ring);
      readout.textContent = [value.words.atom.replace("{index}", index), element].filter(Boolean).join(" · ");
    };
    layer.addEventListener("click", (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(layer.getScreenCTM().inverse());
      const distances = places.map(([x, y]) => Math.hypot(x - at.x, y - at.y));
      const nearest = distances.indexOf(Math.min(...distances));
      if (distances[nearest] <= width * REACH) choose(nearest);
    });
    layer.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      choose(chosen === null ? 0 : (chosen + step + places.length) % places.length);
    });
    return layer;
  }
})();
