// Draws what the server sends into a chat message: a small object with a `kind`, as plain data.
// Nothing in it is ever markup: text is set as text, addresses only as src of images and files of this server.
// Gradio keeps one instance per position in the chat and gives it new values, so mount() redraws on every change.
// The parts of a conversation are here, with what every viewer of a result is built from; each viewer has its own file.
(() => {
  "use strict";

  const DWELL_MS = 100; // what only flies past while the chat scrolls is not drawn

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

  const awaited = {}; // by kind: what to draw as soon as its script is there; Gradio does not wait for the scripts

  // One function per kind: draw(value) -> {element, update(value)?, drop()?}. Without update, a change draws anew.
  const kinds = new Proxy({
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
        element: h("section", { className: `bs-tool bs-${value.state}`, "aria-label": value.title || value.name },
          h("header", {},
            h("span", { className: "bs-mark", "aria-hidden": "true" }, mark),
            ...(value.title ? [h("span", { className: "bs-title" }, value.title)] : []),
            h("code", { className: "bs-name", translate: "no" }, value.name),
            h("span", { className: "bs-seconds" }, value.seconds)),
          h("dl", {}, ...rows),
          ...(value.problem ? [h("p", { className: "bs-problem-title" }, value.problem)] : []),
          ...(value.summary ? [h("p", { className: "bs-summary" }, value.summary)] : [])),
      };
    },

    status(value) {
      const text = h("span", {}, value.text);
      // many times a second: for the eye alone, since a screen reader would never come to an end
      const numbers = h("span", { className: "bs-numbers", "aria-hidden": "true" }, value.numbers);
      const clock = h("span", { className: "bs-clock", "aria-hidden": "true" });
      let since = performance.now();
      const timer = setInterval(() => {
        const seconds = Math.floor((performance.now() - since) / 1000);
        clock.textContent = seconds >= 1 ? `${seconds} s` : "";
      }, 250);
      return {
        element: h("div", { className: "bs-status" }, h("span", { className: "bs-pulse" }), text, numbers, clock),
        update(next) {
          if (next.text !== text.textContent) since = performance.now();
          text.textContent = next.text;
          numbers.textContent = next.numbers;
        },
        drop: () => clearInterval(timer),
      };
    },
  }, {
    set(known, kind, draw) {
      known[kind] = draw;
      for (const wanted of awaited[kind] ?? []) wanted();
      delete awaited[kind];
      return true;
    },
  });

  const problem = (text) => h("p", { className: "bs-problem", role: "alert" }, text);

  /** A result: what there is to see, then in words what it is, and what can be done with it. */
  function figure(value, stage, ...buttons) {
    return h("figure", { className: `bs-figure bs-${value.kind}` }, stage,
      h("figcaption", {}, h("span", { className: "bs-alt" }, value.alt),
        h("span", { className: "bs-buttons" }, ...buttons, downloadLink(value))));
  }

  const downloadLink = (value) =>
    h("a", { className: "bs-button", href: value.url, download: value.name, title: value.name }, value.words.download);

  /** A result whose data is fetched when it comes into view. build(text) -> {element, buttons?, drop?}. */
  function fetchedFigure(value, build) {
    const stage = h("div", { className: "bs-stage bs-waiting" }, h("p", { className: "bs-note", role: "status" }, value.words.loading));
    const element = figure(value, stage);
    let drop = () => {};
    let isDropped = false;
    const show = async () => {
      try {
        const text = await fetchText(value.url);
        if (isDropped) return;
        const drawn = build(text, element);
        drop = drawn.drop ?? drop;
        stage.replaceChildren(drawn.element);
        element.querySelector(".bs-buttons").prepend(...(drawn.buttons ?? []));
        drawn.start?.();
        element.dataset.ready = "true";
      } catch (error) {
        console.warn(error);
        stage.replaceChildren(problem(value.words.no_data));
      }
      stage.classList.remove("bs-waiting");
    };
    const unwatch = whenSeen(element, show);
    return { element, drop: () => { isDropped = true; unwatch(); drop(); } };
  }

  async function fetchText(url, options) {
    const response = await fetch(url, options);
    if (!response.ok) throw Object.assign(new Error(`${url}: ${response.status}`), { sentence: await response.text(), status: response.status });
    return response.text();
  }

  /** Give the reader something that was made here. content: an address, or text that becomes a file. */
  function save(name, content, mediaType) {
    const address = mediaType ? URL.createObjectURL(new Blob([content], { type: mediaType })) : content;
    h("a", { href: address, download: name }).click();
    if (mediaType) setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  /** Nothing where the browser has no full screen for a part of a page, as on phones. */
  function fullscreenButtons(words, element) {
    if (!document.fullscreenEnabled) return [];
    return [button(words.fullscreen, () =>
      (document.fullscreenElement ? document.exitFullscreen() : element.requestFullscreen()))];
  }

  /** A menu: choices is [[value, label], ...]. */
  const menu = (label, choices, chosen, onchoice) =>
    h("select", { className: "bs-button bs-menu", "aria-label": label, title: label, onchange: (event) => onchoice(event.currentTarget.value) },
      ...choices.map(([choice, name]) => h("option", { value: choice, selected: choice === chosen }, name)));

  /** What a colour means: pairs of a colour and its name. */
  const legend = (label, pairs) =>
    h("ul", { className: "bs-legend", "aria-label": label }, ...pairs.map(([colour, name]) =>
      h("li", {}, swatch(colour), name)));

  function swatch(colour) {
    const element = h("span", { className: "bs-swatch", "aria-hidden": "true" });
    element.style.background = colour;
    return element;
  }

  const stem = (name) => name.replace(/\.[^.]*$/, "");

  /** A colour of the page as it is now, light or dark. */
  const colourOf = (element, name) => getComputedStyle(element).getPropertyValue(name).trim();

  /** Once, when the element comes into view and stays a moment. Returns how to end the waiting. */
  function whenSeen(element, action) {
    let timer = null;
    const observer = new IntersectionObserver((entries) => {
      clearTimeout(timer);
      if (!entries.at(-1).isIntersecting) return;
      timer = setTimeout(() => {
        observer.disconnect();
        action();
      }, DWELL_MS);
    });
    observer.observe(element);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
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

  const loading = {};
  /** A vendored library, once. A conversation that was kept as one file holds its libraries. */
  function loadScript(name) {
    if (document.querySelector(`script[data-library="${name}"]`)) return Promise.resolve();
    loading[name] ??= new Promise((resolve, reject) => {
      const script = h("script", { src: `web/vendor/${name}` });
      script.addEventListener("load", resolve);
      script.addEventListener("error", () => reject(new Error(`${name} did not load`)));
      document.head.append(script);
    });
    return loading[name];
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
      if (!value || data === shown) return;
      if (!Object.hasOwn(kinds, value.kind)) {
        (awaited[value.kind] ??= []).push(draw);
        return;
      }
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

  kinds.file = (value) => ({ element: figure({ ...value, kind: "kept" }, h("div", { className: "bs-stage bs-kept-line" },
    h("span", { className: "bs-file-name" }, value.name), h("span", { className: "bs-size" }, value.size))) });

  window.sciview = {
    mount, h, kinds, button, copyButton, menu, legend, swatch, figure, fetchedFigure, fullscreenButtons, problem,
    fetchText, save, whenSeen, watchTheme, loadScript, colourOf, stem,
  };
})();
