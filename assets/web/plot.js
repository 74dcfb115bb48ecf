// Curves that zoom together: panels over one axis, with marks, notes and spectrograms. Drawn by uPlot.
(() => {
  "use strict";

  const { h, kinds, button, swatch, fetchedFigure, fullscreenButtons, loadScript, save, stem, watchTheme } = window.sciview;
  const { colourOf, drawHeat, drawMarks, heatRange, colourBar, axisNumbers, written } = window.sciview;
  const { asCsv, joined, wholeRange } = window.sciview;
  const FONT = "11px system-ui, sans-serif";
  const X_AXIS_PX = 26; // numbers; the label is below
  const Y_AXIS_PX = 44;
  const LABEL_PX = 18;
  const BETWEEN_PX = 8;
  const ZOOM = 2;
  const SHIFT = 0.4; // of what is seen

  let number = 0; // plots so far: each has a cursor of its own

  kinds.plot = (value) => {
    let drawn = null;
    return fetchedFigure(value, (text, element) => {
      const view = JSON.parse(text);
      const stage = h("div", { className: "bs-plot" });
      drawn = { stage, drop() {} };
      const start = async () => {
        try {
          await loadScript("uPlot.iife.min.js");
          if (drawn) Object.assign(drawn, draw(view, value, stage));
        } catch (error) {
          console.warn(error);
          stage.replaceChildren(window.sciview.problem(value.words.no_data));
        }
      };
      return {
        element: stage,
        buttons: [
          button("CSV", () => save(`${stem(value.name)}.csv`, asCsv(view), "text/csv")),
          button("PNG", () => save(`${stem(value.name)}.png`, drawn.png())),
          ...fullscreenButtons(value.words, element),
        ],
        start,
        drop() {
          drawn.drop();
          drawn = null;
        },
      };
    });
  };

  /** Panels, legend and buttons, into stage. */
  function draw(view, value, stage) {
    const { words } = value;
    const isLog = view.x_scale === "log";
    const key = `plot-${(number += 1)}`;
    const full = wholeRange(view.panels, isLog);
    const plots = [];
    let isZooming = false;

    const zoomTo = (min, max) => {
      isZooming = true;
      for (const plot of plots) plot.setScale("x", { min, max });
      isZooming = false;
    };
    const onScale = (plot, scale) => {
      if (scale === "x" && !isZooming) zoomTo(plot.scales.x.min, plot.scales.x.max);
    };
    const step = (factor, shift) => {
      const { min, max } = plots[0].scales.x;
      const [from, to] = isLog ? [Math.log10(min), Math.log10(max)] : [min, max];
      const middle = (from + to) / 2 + shift * (to - from);
      const half = ((to - from) / 2) * factor;
      zoomTo(...(isLog ? [10 ** (middle - half), 10 ** (middle + half)] : [middle - half, middle + half]));
    };

    const readout = h("p", { className: "bs-readout" });
    const panels = view.panels.map((panel, index) => {
      const host = h("div", { className: "bs-panel" });
      const isLast = index === view.panels.length - 1;
      const scene = sceneOf(panel, view, { key, full, isLog, isLast, host, onScale, reset: () => zoomTo(...full) });
      scene.options.hooks.setCursor = [(plot) => { readout.textContent = readoutOf(plot, plots, view); }];
      return { host, scene, isLast };
    });
    const heats = panels.flatMap(({ scene }) => (scene.heat ? [colourBar(scene.heat)] : []));
    const size = sizes(view.panels);
    stage.append(
      h("div", { className: "bs-above" },
        ...(view.start_time ? [h("p", { className: "bs-start" }, words.starts.replace("{time}", view.start_time))] : []), readout),
      h("div", { className: "bs-panels", role: "img", "aria-label": value.alt }, ...panels.map(({ host }) => host)),
      h("div", { className: "bs-bar" }, legendOf(view, panels, plots, words), ...heats, zoomButtons(words, step, () => zoomTo(...full))),
      ...(view.notes?.length ? [h("ul", { className: "bs-notes" }, ...view.notes.map((note) => h("li", {}, note)))] : []));
    const width = () => Math.max(stage.clientWidth, 200);
    for (const [index, { host, scene, isLast }] of panels.entries()) {
      const height = size(index) + below(isLast);
      plots.push(new window.uPlot({ ...scene.options, width: width(), height }, scene.data, host));
    }
    const resize = new ResizeObserver(() => {
      const isFull = document.fullscreenElement?.contains(stage);
      const shown = plots.filter((_, i) => !panels[i].host.hidden).length || 1;
      for (const [index, plot] of plots.entries()) {
        const height = isFull ? Math.max((innerHeight - 200) / shown, 80) : size(index);
        plot.setSize({ width: width(), height: height + below(panels[index].isLast) });
      }
    });
    resize.observe(stage);
    const unwatch = watchTheme(() => plots.forEach((plot) => plot.redraw(false)));
    return {
      png: () => together(plots.filter((_, i) => !panels[i].host.hidden), stage, value.alt),
      drop() {
        unwatch();
        resize.disconnect();
        plots.forEach((plot) => plot.destroy());
      },
    };
  }

  /** Height of a panel's drawing area in px: the fewer, the higher. */
  function sizes(panels) {
    const usual = [240, 170, 120, 100][Math.min(panels.length, 4) - 1] ?? 240;
    return (index) => (panels[index].heat_map ? Math.max(usual, 180) : usual);
  }

  const below = (isLast) => (isLast ? X_AXIS_PX + LABEL_PX : BETWEEN_PX);

  /** uPlot's options and data of one panel. */
  function sceneOf(panel, view, { key, full, isLog, isLast, host, onScale, reset }) {
    const colour = (name) => colourOf(host, name);
    const heat = panel.heat_map ? { ...panel.heat_map, range: heatRange(panel.heat_map.values) } : null;
    const hasBars = panel.curves.some(({ style }) => style === "bars");
    const isLogY = panel.y_scale === "log";
    const axis = { stroke: () => colour("--bs-soft"), font: FONT, labelFont: FONT,
      grid: { stroke: () => colour("--bs-line"), width: 1 }, ticks: { stroke: () => colour("--bs-line"), width: 1, size: 4 } };
    const options = {
      scales: {
        x: { time: false, distr: isLog ? 3 : 1, range: (_, min, max) => (min === null ? full : [min, max]), min: full[0], max: full[1] },
        y: { distr: isLogY ? 3 : 1, range: heat ? () => [heat.y[0], heat.y.at(-1)] : isLogY ? undefined
          : (_, min, max) => yRange(min, max, hasBars) },
      },
      axes: [
        { ...axis, size: isLast ? X_AXIS_PX : BETWEEN_PX, values: isLast ? axisNumbers(isLog) : () => [], label: isLast ? view.x_label : null,
          labelSize: LABEL_PX, labelGap: 0, gap: 4, space: 60 },
        { ...axis, size: Y_AXIS_PX, values: axisNumbers(isLogY), label: panel.label, labelSize: LABEL_PX, labelGap: 0, gap: 4, space: 26 },
      ],
      series: [{}, ...(panel.curves.length ? panel.curves : [{ name: "", style: "line" }]).map((curve, i) => seriesOf(curve, i, colour))],
      legend: { show: false },
      cursor: {
        sync: { key, setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
        points: { size: 6 },
        y: false,
        drag: { x: true, y: false, setScale: true },
        bind: { dblclick: () => () => { reset(); return null; } },
      },
      padding: [8, 12, 0, 0],
      hooks: {
        setScale: [onScale],
        drawAxes: heat ? [(plot) => drawHeat(plot, heat)] : [],
        draw: [(plot) => drawMarks(plot, panel.marks ?? [], host)],
      },
    };
    return { options, data: joined(panel, isLog), heat };
  }

  function yRange(min, max, hasBars) {
    if (min === null) return [0, 1];
    if (min === max) return [min - (Math.abs(min) || 1) * 0.1, max + (Math.abs(max) || 1) * 0.1];
    const room = (max - min) * 0.06;
    return [hasBars && min >= 0 ? 0 : min - room, max + room];
  }

  function seriesOf({ name, style }, index, colour) {
    const { paths } = window.uPlot;
    const stroke = () => colour(`--bs-curve-${(index % 6) + 1}`);
    const looks = {
      points: { paths: () => null, points: { show: true, size: 6, stroke, fill: stroke } },
      bars: { paths: paths.bars({ size: [0.7, 28, 2] }), fill: stroke, width: 0, points: { show: false } },
      steps: { paths: paths.stepped({ align: 1 }), points: { show: false } },
    };
    return { label: name, stroke, width: 1.4, spanGaps: false, points: { show: false }, ...looks[style] };
  }

  /** What lies under the cursor. */
  function readoutOf(at, plots, view) {
    if (at.cursor.idx === null || at.cursor.idx === undefined) return "";
    const x = at.posToVal(at.cursor.left, "x");
    const facts = [`${view.x_label}: ${written(x)}`];
    plots.forEach((plot, p) => view.panels[p].curves.forEach((curve, i) => {
      const y = plot.data[i + 1][plot.valToIdx(x)];
      if (plot.series[i + 1].show && y !== null && y !== undefined) facts.push(`${curve.name} ${written(y)}`);
    }));
    return facts.slice(0, 8).join("  ·  ");
  }

  /** A button a curve. A panel of which nothing is left to see goes away. */
  function legendOf(view, panels, plots, words) {
    const group = h("div", { className: "bs-curves", role: "group", "aria-label": words.curves });
    const all = view.panels.flatMap((panel, p) => panel.curves.map((curve, i) => ({ panel, p, curve, i })));
    if (all.length < 2) return group;
    for (const { panel, p, curve, i } of all) {
      const mark = swatch(`var(--bs-curve-${(i % 6) + 1})`);
      group.append(h("button", { type: "button", className: "bs-button bs-curve", "aria-pressed": "true", onclick: (event) => {
        const isShown = !plots[p].series[i + 1].show;
        plots[p].setSeries(i + 1, { show: isShown });
        event.currentTarget.setAttribute("aria-pressed", isShown);
        panels[p].host.hidden = !panel.heat_map && panel.curves.every((_, n) => !plots[p].series[n + 1].show);
      } }, mark, curve.name));
    }
    return group;
  }

  const zoomButtons = (words, step, reset) =>
    h("div", { className: "bs-zoom", role: "group", "aria-label": words.zoom }, ...[
      ["←", words.zoom_left, () => step(1, -SHIFT)], ["→", words.zoom_right, () => step(1, SHIFT)],
      ["+", words.zoom_in, () => step(1 / ZOOM, 0)], ["−", words.zoom_out, () => step(ZOOM, 0)], ["⟲", words.zoom_reset, reset],
    ].map(([sign, label, act]) => button(sign, act, { "aria-label": label, title: label })));

  /** All panels in one picture, as they are seen now. */
  function together(plots, stage, title) {
    const canvases = plots.map((plot) => plot.ctx.canvas);
    const dpr = devicePixelRatio;
    const room = 26 * dpr;
    const picture = document.createElement("canvas");
    picture.width = Math.max(...canvases.map((canvas) => canvas.width));
    picture.height = canvases.reduce((height, canvas) => height + canvas.height, room);
    const ctx = picture.getContext("2d");
    ctx.fillStyle = colourOf(stage, "--bs-stage");
    ctx.fillRect(0, 0, picture.width, picture.height);
    ctx.fillStyle = colourOf(stage, "--bs-ink");
    ctx.font = `${12 * dpr}px system-ui, sans-serif`;
    ctx.textBaseline = "middle";
    ctx.fillText(title, 12 * dpr, room / 2, picture.width - 24 * dpr);
    let top = room;
    for (const canvas of canvases) {
      ctx.drawImage(canvas, 0, top);
      top += canvas.height;
    }
    return picture.toDataURL("image/png");
  }

})();
