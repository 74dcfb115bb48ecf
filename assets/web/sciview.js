// Draws what the server sends into a chat message: a small object with a `kind`, as plain data.
// Nothing in it is ever markup: text is set as text, addresses only as src of images and files of this server.
// Gradio keeps one instance per position in the chat and gives it new values, so mount() redraws on every change.
(() => {
  "use strict";

  const LIBRARY = "/web/vendor/3Dmol-min.js";
  const STYLES = [
    { stick: { radius: 0.14 }, sphere: { scale: 0.24 } },
    { stick: { radius: 0.16 } },
    { sphere: {} },
  ];

  /** An element: h("p", {className: "x", "aria-label": "y"}, "text", child, ...). */
  function h(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "className") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }

  const button = (label, onclick, attributes) =>
    h("button", { type: "button", className: "bs-button", onclick, ...attributes }, label);

  function copyButton(label, text, words) {
    return button(label, async (event) => {
      const self = event.currentTarget;
      try {
        await navigator.clipboard.writeText(text);
        self.textContent = words.copied;
      } catch {
        self.textContent = words.copy_failed;
      }
      setTimeout(() => { self.textContent = label; }, 1500);
    });
  }

  const press = (id) => document.querySelector(`#${id}`)?.click();

  // One function per kind: draw(value) -> {element, update(value)?, drop()?}. Without update, a change draws anew.
  const kinds = {
    question(value) {
      const unwatch = [];
      const card = (file) => {
        const facts = h("div", { className: "bs-file-facts" },
          h("span", { className: "bs-file-name" }, file.name),
          h("span", {}, [file.size, file.description].filter(Boolean).join(" · ")));
        const item = h("li", { className: `bs-file bs-file-${file.kind}` }, facts);
        if (file.preview) {
          const picture = h("img", { alt: file.alt, className: "bs-preview" });
          unwatch.push(watchTheme((theme) => { picture.src = `${file.preview}?theme=${theme}`; }));
          picture.addEventListener("error", () => picture.remove());
          item.prepend(picture);
        }
        return item;
      };
      const element = h("div", { className: "bs-asked" });
      if (value.files.length) element.append(h("ul", { className: "bs-files" }, ...value.files.map(card)));
      if (value.text) element.append(h("div", { className: "bs-question" }, value.text));
      return { element, drop: () => unwatch.forEach((end) => end()) };
    },

    thinking(value) {
      const title = h("span");
      const body = h("div", { className: "bs-thoughts", tabindex: "0" });
      const summary = h("summary", {}, title);
      const element = h("details", { className: "bs-thinking", open: value.running }, summary, body);
      let isChosen = false; // the reader's own choice of open or folded wins
      summary.addEventListener("click", () => { isChosen = true; });
      const update = (next) => {
        const isAtEnd = body.scrollTop + body.clientHeight >= body.scrollHeight - 24;
        title.textContent = next.title;
        body.textContent = next.text;
        element.classList.toggle("bs-running", next.running);
        if (!isChosen) element.open = next.running;
        if (isAtEnd) body.scrollTop = body.scrollHeight;
      };
      update(value);
      return { element, update };
    },

    tool(value) {
      const rows = value.arguments.map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)]).flat();
      const mark = { running: "", done: "✓", failed: "⚠", stopped: "■" }[value.state];
      return {
        element: h("section", { className: `bs-tool bs-${value.state}`, "aria-label": value.name },
          h("header", {},
            h("span", { className: "bs-mark", "aria-hidden": "true" }, mark),
            h("span", { className: "bs-name" }, value.name),
            h("span", { className: "bs-seconds" }, value.seconds)),
          h("dl", {}, ...rows),
          ...(value.summary ? [h("p", { className: "bs-summary" }, value.summary)] : [])),
      };
    },

    svg(value) {
      const picture = h("img", { alt: value.alt, className: "bs-molecule" });
      const unwatch = watchTheme((theme) => { picture.src = `${value.url}?theme=${theme}`; });
      const stage = h("div", { className: "bs-stage" }, picture);
      const in3d = button(value.words.in_3d, () => show3d(), { className: "bs-button bs-in-3d" });
      let viewer = null;
      const show3d = () => {
        in3d.disabled = true;
        viewer = viewerOf(`${value.url}/3d`, "POST", value);
        stage.append(viewer.element);
        in3d.remove();
        viewer.start();
      };
      picture.addEventListener("error", () => picture.replaceWith(problem(value.words.no_picture)));
      return {
        element: figure(value, stage, in3d, downloadLink(value.url, value)),
        drop() {
          unwatch();
          viewer?.drop();
        },
      };
    },

    mol3d(value) {
      const viewer = viewerOf(value.url, "GET", value);
      const element = figure(value, h("div", { className: "bs-stage" }, viewer.element), downloadLink(value.url, value));
      whenSeen(element, viewer.start);
      return { element, drop: viewer.drop };
    },

    status(value) {
      const text = h("span", {}, value.text);
      const clock = h("span", { className: "bs-clock", "aria-hidden": "true" });
      let since = performance.now();
      const timer = setInterval(() => {
        const seconds = Math.floor((performance.now() - since) / 1000);
        clock.textContent = seconds >= 1 ? `${seconds} s` : "";
      }, 250);
      return {
        element: h("div", { className: "bs-status" }, h("span", { className: "bs-pulse" }), text, clock),
        update(next) {
          if (next.text !== text.textContent) since = performance.now();
          text.textContent = next.text;
        },
        drop: () => clearInterval(timer),
      };
    },

    failure: (value) => ({
      element: h("div", { className: "bs-failure", role: "alert" }, h("span", {}, `⚠ ${value.text}`), ...lastTurnButtons(value.words)),
    }),

    footer: (value) => ({
      element: h("div", { className: value.stopped ? "bs-footer bs-cut" : "bs-footer" },
        h("span", { className: "bs-facts" }, value.text),
        ...(value.copy ? [copyButton(value.words.copy, value.copy, value.words)] : []),
        ...lastTurnButtons(value.words)),
    }),
  };

  const lastTurnButtons = (words) => [
    button(words.retry, () => press("retry"), { className: "bs-button bs-last-turn" }),
    button(words.edit, () => press("edit"), { className: "bs-button bs-last-turn" }),
  ];

  const problem = (text) => h("p", { className: "bs-problem", role: "alert" }, text);

  function figure(value, stage, ...buttons) {
    const copy = value.smiles ? [copyButton(value.words.copy_smiles, value.smiles, value.words)] : [];
    return h("figure", { className: `bs-figure bs-${value.kind}` }, stage,
      h("figcaption", {}, h("span", { className: "bs-alt" }, value.alt),
        h("span", { className: "bs-buttons" }, ...buttons.slice(0, -1), ...copy, ...buttons.slice(-1))));
  }

  const downloadLink = (url, value) =>
    h("a", { className: "bs-button", href: url, download: value.name }, value.words.download);

  function whenSeen(element, action) {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        observer.disconnect();
        action();
      }
    });
    observer.observe(element);
  }

  /** Tells "light" or "dark" now and at every change. Returns how to end it. */
  function watchTheme(tell) {
    const theme = () => (document.body.classList.contains("dark") ? "dark" : "light");
    let told = theme();
    tell(told);
    const observer = new MutationObserver(() => {
      if (theme() !== told) tell(told = theme());
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    return () => observer.disconnect();
  }

  let library = null;
  function loadLibrary() {
    library ??= new Promise((resolve, reject) => {
      const script = h("script", { src: LIBRARY });
      script.addEventListener("load", () => resolve(window.$3Dmol));
      script.addEventListener("error", reject);
      document.head.append(script);
    });
    return library;
  }

  /** A live viewer of the SDF block at url. start() fetches and draws it; drop() lets go of it. */
  function viewerOf(url, method, value) {
    const words = value.words;
    const canvas = h("div", { className: "bs-canvas", role: "img", "aria-label": value.alt });
    const note = h("p", { className: "bs-note", role: "status" }, words.building_3d);
    const element = h("div", { className: "bs-viewer" }, canvas, note);
    let view = null;
    let style = 0;
    let isSpinning = false;

    const paint = () => view.setBackgroundColor(getComputedStyle(element).getPropertyValue("--bs-stage").trim(), 1);
    let unwatch = () => {};
    const resize = new ResizeObserver(() => view?.resize());

    const controls = () => h("div", { className: "bs-controls" },
      button(words.style, () => {
        style = (style + 1) % STYLES.length;
        view.setStyle({}, STYLES[style]);
        view.render();
      }),
      button(words.spin, (event) => {
        isSpinning = !isSpinning;
        event.currentTarget.setAttribute("aria-pressed", isSpinning);
        view.spin(isSpinning ? "y" : false);
      }, { "aria-pressed": "false" }));

    const guardTouch = () => {
      if (!matchMedia("(pointer: coarse)").matches) return;
      const cover = h("button", { type: "button", className: "bs-cover", onclick: () => cover.remove() }, words.touch);
      element.append(cover); // until it is tapped, a swipe scrolls the chat
    };

    const start = async () => {
      try {
        const [threeDmol, response] = await Promise.all([loadLibrary(), fetch(url, { method })]);
        const text = await response.text();
        if (!response.ok) {
          element.replaceWith(problem(response.status === 422 ? text : words.no_3d));
          return;
        }
        view = threeDmol.createViewer(canvas, { antialias: true });
        if (!view) {
          element.replaceWith(problem(words.no_webgl));
          return;
        }
        unwatch = watchTheme(paint);
        view.addModel(text, "sdf");
        view.setStyle({}, STYLES[style]);
        view.zoomTo();
        view.render();
        note.remove();
        element.append(controls());
        guardTouch();
        element.dataset.ready = "true";
        resize.observe(element);
      } catch (error) {
        console.error(error);
        element.replaceWith(problem(words.no_3d));
      }
    };

    const drop = () => {
      unwatch();
      resize.disconnect();
      view?.spin(false);
      view?.clear();
    };
    return { element, start, drop };
  }

  /** What Gradio's HTML component calls for each message, once; `watch` tells of every later value. */
  function mount(element, props, watch) {
    const host = element.querySelector(".sciview");
    let kind = null;
    let shown = null;
    let drawn = {};
    const draw = () => {
      const value = props.value;
      const data = JSON.stringify(value);
      if (!value || data === shown || !Object.hasOwn(kinds, value.kind)) return;
      shown = data;
      if (value.kind === kind && drawn.update) {
        drawn.update(value);
        return;
      }
      drawn.drop?.();
      kind = value.kind;
      drawn = kinds[kind](value);
      host.replaceChildren(drawn.element);
    };
    draw();
    watch("value", draw);
  }

  window.sciview = { mount, h };
})();
