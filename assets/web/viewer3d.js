// A molecule, protein or crystal in 3D, drawn by 3Dmol.js. What is out of view becomes a still picture when there are
// many, so that a long conversation does not hold the memory of all its structures.
(() => {
  "use strict";

  const { h, kinds, button, copyButton, menu, legend, figure, problem, fullscreenButtons } = window.sciview;
  const { fetchText, loadScript, save, stem, whenSeen, watchTheme, colourOf, structureLooks } = window.sciview;
  const MAX_LIVE = 8;
  const CLOSER = 1.25; // 3Dmol leaves a wide margin
  const TURN_DEGREES = 10;
  const TURNS = {
    ArrowLeft: (view) => view.rotate(-TURN_DEGREES, "y"), ArrowRight: (view) => view.rotate(TURN_DEGREES, "y"),
    ArrowUp: (view) => view.rotate(-TURN_DEGREES, "x"), ArrowDown: (view) => view.rotate(TURN_DEGREES, "x"),
    "+": (view) => view.zoom(1.2), "=": (view) => view.zoom(1.2), "-": (view) => view.zoom(1 / 1.2),
  };

  let live = []; // viewers that draw, longest unseen first

  function makeLive(viewer) {
    live = [...live.filter((other) => other !== viewer), viewer];
    for (const other of live.slice(0, Math.max(live.length - MAX_LIVE, 0))) if (!other.isSeen()) other.rest();
  }

  /** 3Dmol draws at every change; this draws what has changed by the next frame, and only what is seen. */
  function drawOnceAFrame(view, isSeen) {
    const draw = view.show.bind(view);
    let isAsked = false;
    view.show = () => {
      if (isAsked || !isSeen()) return;
      isAsked = true;
      requestAnimationFrame(() => {
        isAsked = false;
        draw();
      });
    };
  }

  const show = (value) => {
    const viewer = viewer3d(value, "GET");
    const { words, meta } = value;
    const element = figure(value, h("div", { className: "bs-stage" }, viewer.element),
      ...(meta.smiles ? [copyButton(words.copy_smiles, meta.smiles, words)] : []),
      button("PNG", () => viewer.savePng()), ...(value.isKept ? [] : [pageButton(value)]),
      ...fullscreenButtons(words, viewer.element));
    const unwatch = whenSeen(element, viewer.start);
    return { element, drop: () => { unwatch(); viewer.drop(); } };
  };
  kinds.mol3d = (value) => show({ ...value, meta: { ...value.meta, format: "sdf" } });
  kinds.structure3d = show;

  /** The view as one file that works without us. */
  function pageButton(value) {
    const self = button("HTML", async () => {
      self.disabled = true;
      try {
        save(`${stem(value.name)}.html`, await fetchText(`${value.url}/page`), "text/html");
      } catch (error) {
        self.replaceWith(problem(error.status === 422 ? error.sentence : value.words.no_data));
      }
      self.disabled = false;
    }, { title: value.words.as_page });
    return self;
  }

  /** A live viewer of the structure at value.url. start() fetches and draws it; drop() lets go of it. */
  function viewer3d(value, method) {
    const { words } = value;
    const canvas = h("div", { className: "bs-canvas", role: "img", tabindex: "0", "aria-label": `${value.alt}. ${words.keys_3d}` });
    const note = h("p", { className: "bs-note", role: "status" }, words.building_3d);
    const screen = h("div", { className: "bs-screen" }, canvas, note);
    const readout = h("p", { className: "bs-readout", role: "status" });
    const below = h("div", { className: "bs-below" }, readout);
    const element = h("div", { className: "bs-viewer" }, screen, below);
    const still = h("img", { className: "bs-still", alt: "" });
    let text = "";
    let view = null;
    let place = null; // where the reader had turned it
    let looks = null;
    let isSpinning = false;
    let isSeen = true;
    let label = null;

    const paint = () => view?.setBackgroundColor(colourOf(element, "--bs-stage"), 1);
    const unwatch = watchTheme(() => {
      paint();
      if (view && looks) dress();
    });
    const sight = new IntersectionObserver((entries) => {
      isSeen = entries.at(-1).isIntersecting;
      if (isSeen && text && !view) wake();
      view?.spin(isSpinning && isSeen ? "y" : false);
      if (isSeen) view?.show();
    }, { rootMargin: "100px" });

    const dress = () => {
      looks.dress();
      const pairs = looks.legend();
      below.replaceChildren(...(pairs.length ? [legend(words.colours, pairs)] : []), readout);
    };

    const tell = (atom) => {
      if (label) view.removeLabel(label);
      readout.textContent = looks.nameOf(atom);
      label = view.addLabel(looks.nameOf(atom), {
        position: { x: atom.x, y: atom.y, z: atom.z }, fontSize: 12, fontColor: colourOf(element, "--bs-surface"),
        backgroundColor: colourOf(element, "--bs-ink"), backgroundOpacity: 0.85, inFront: true,
      });
    };

    const wake = () => {
      const host = h("div", { className: "bs-gl" }); // a new one each time: 3Dmol never stops watching its own
      canvas.replaceChildren(host);
      view = window.$3Dmol.createViewer(host, { antialias: true });
      if (!view) return false;
      drawOnceAFrame(view, () => isSeen);
      paint();
      // the file's own helices and strands come before those that 3Dmol would compute
      const hasFolds = /^(HELIX|SHEET) /m.test(text);
      const model = view.addModel(text, value.meta.format, { noComputeSecondaryStructure: hasFolds });
      const chosen = looks?.chosen;
      looks = structureLooks(view, model, value, element);
      if (chosen) looks.chosen = chosen;
      dress();
      view.zoomTo();
      view.zoom(CLOSER);
      if (place) view.setView(place);
      label = null;
      view.setClickable({}, true, tell);
      view.render();
      still.remove();
      makeLive(self);
      return true;
    };

    const rest = () => {
      place = view.getView();
      still.src = view.pngURI();
      view.spin(false);
      view.clear();
      canvas.replaceChildren();
      screen.prepend(still);
      view = null;
      live = live.filter((other) => other !== self);
    };

    const controls = () => h("div", { className: "bs-controls" },
      menu(words.style, looks.styles.map((name) => [name, words[`style_${name}`]]), looks.chosen.style, (name) => {
        looks.chosen.style = name;
        dress();
      }),
      ...(looks.colours.length > 1 ? [menu(words.colour, looks.colours.map((name) => [name, words[`colour_${name}`]]), looks.chosen.colour, (name) => {
        looks.chosen.colour = name;
        dress();
      })] : []),
      ...(matchMedia("(prefers-reduced-motion: reduce)").matches ? [] : [spinButton()]));

    const spinButton = () => button(words.spin, (event) => {
      isSpinning = !isSpinning;
      event.currentTarget.setAttribute("aria-pressed", isSpinning);
      view?.spin(isSpinning ? "y" : false);
    }, { "aria-pressed": "false" });

    const guardTouch = () => {
      if (!matchMedia("(pointer: coarse)").matches) return;
      const cover = h("button", { type: "button", className: "bs-cover", onclick: () => cover.remove() }, words.touch);
      screen.append(cover); // until it is tapped, a swipe scrolls the chat
    };

    canvas.addEventListener("keydown", (event) => {
      if (!TURNS[event.key] || !view || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      TURNS[event.key](view);
      view.render();
    });

    const self = {
      element,
      isSeen: () => isSeen,
      rest,
      savePng() {
        const picture = view ? view.pngURI() : still.src;
        if (picture) save(`${stem(value.name)}.png`, picture);
      },
      async start() {
        try {
          [, text] = await Promise.all([loadScript("3Dmol-min.js"), fetchText(value.url, { method })]);
          if (!wake()) {
            element.replaceWith(problem(words.no_webgl));
            return;
          }
          note.remove();
          screen.append(controls());
          guardTouch();
          element.dataset.ready = "true";
          sight.observe(element);
        } catch (error) {
          console.warn(error);
          element.replaceWith(problem(error.status === 422 ? error.sentence : words.no_3d));
        }
      },
      drop() {
        unwatch();
        sight.disconnect();
        live = live.filter((other) => other !== self);
        view?.spin(false);
        view?.clear();
        view = null;
        text = "";
      },
    };
    return self;
  }

  Object.assign(window.sciview, { viewer3d });
})();
