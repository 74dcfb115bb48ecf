// Curves that zoom together: panels over one axis, with marks, notes and spectrograms. Drawn by uPlot.
(() => {
  "use strict";

  const { h, kinds, button, swatch, fetchedFigure, fullscreenButtons, loadScript, save, stem, watchTheme } = window.sciview;
  const { colourOf, drawHeat, heatRange, colourBar } = window.sciview;
  const FONT = "11px system-ui, sans-serif";
  const X_AXIS_PX = 26; // numbers; the label is below
  const Y_AXIS_PX = 44;
  const LABEL_PX = 18;
  const BETWEEN_PX = 8;
  const ZOOM = 2;
  const SHIFT = 0.4; // of what is seen
  const DASHES = { p: [], s: [], trigger: [4, 3], peak: [2, 3], warning: [6, 3], fit: [8, 4] };
  const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  let number = 0; // plots so far: each has a cursor of its own

  kinds.plot = (value) => {
    let drawn = null;
    const figure = fetchedFigure(value, (text, element) => {
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
          ...fullscreenButtons(value.words, () => element),
        ],
        start,
        drop() {
          drawn.drop();
          drawn = null;
        },
      };
    });
    return figure;
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

  const xOf = (panel, curve) => curve.x ?? panel.x ?? [];

  /** From the first to the last x of all panels, with some room beside bars and points. */
  function wholeRange(panels, isLog) {
    const all = panels.flatMap((panel) => [
      ...panel.curves.flatMap((curve) => xOf(panel, curve)), ...(panel.heat_map?.x ?? [])]);
    const usable = all.filter((x) => Number.isFinite(x) && (!isLog || x > 0));
    if (!usable.length) return isLog ? [1, 10] : [0, 1];
    let min = usable.reduce((a, b) => Math.min(a, b));
    let max = usable.reduce((a, b) => Math.max(a, b));
    if (isLog) return min < max ? [min, max] : [min / 2, max * 2];
    const needsRoom = panels.some((panel) => panel.curves.some(({ style }) => style === "bars" || style === "points"));
    const room = min === max ? 0.5 : needsRoom ? (max - min) * 0.04 : 0;
    return [min - room, max + room];
  }

  /** Sorted by x, without what a logarithm cannot show. */
  function pairs(panel, curve, isLogX) {
    const isLogY = panel.y_scale === "log";
    const both = xOf(panel, curve)
      .map((x, i) => [x, isLogY && !(curve.y[i] > 0) ? null : curve.y[i] ?? null])
      .filter(([x]) => Number.isFinite(x) && (!isLogX || x > 0));
    if (both.some(([x], i) => i && x < both[i - 1][0])) both.sort((a, b) => a[0] - b[0]);
    return [both.map(([x]) => x), both.map(([, y]) => y)];
  }

  /** [x, y, y, ...] over one x, as uPlot needs it: null is a gap, undefined is only a point of another curve. */
  function joined(panel, isLogX) {
    const tables = panel.curves.map((curve) => pairs(panel, curve, isLogX));
    if (!tables.length) return [panel.heat_map?.x ?? [], (panel.heat_map?.x ?? []).map(() => null)];
    const [x] = tables[0];
    const isShared = tables.every(([other]) => other.length === x.length && other.every((at, i) => at === x[i]));
    return isShared ? [x, ...tables.map(([, y]) => y)] : window.uPlot.join(tables, tables.map(() => [1]));
  }

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
        { ...axis, size: isLast ? X_AXIS_PX : BETWEEN_PX, values: isLast ? numbersOf(isLog) : () => [], label: isLast ? view.x_label : null,
          labelSize: LABEL_PX, labelGap: 0, gap: 4, space: 60 },
        { ...axis, size: Y_AXIS_PX, values: numbersOf(isLogY), label: panel.label, labelSize: LABEL_PX, labelGap: 0, gap: 4, space: 26 },
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
        draw: [(plot) => drawMarks(plot, panel.marks ?? [], colour)],
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

  /** Lines and bands with their names. A name that would lie on another is left out, but never that of an arrival. */
  function drawMarks(plot, marks, colour) {
    const { ctx, bbox } = plot;
    const dpr = devicePixelRatio;
    const labelEnds = [];
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.font = `600 ${11 * dpr}px system-ui, sans-serif`;
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    for (const mark of [...marks].sort((a, b) => a.x - b.x)) {
      const x = plot.valToPos(mark.x, "x", true);
      const ink = colour(`--bs-mark-${mark.kind ?? "peak"}`) || colour("--bs-soft");
      ctx.strokeStyle = ctx.fillStyle = ink;
      if (mark.x_end !== undefined && mark.x_end !== null) {
        ctx.globalAlpha = 0.14;
        ctx.fillRect(x, bbox.top, plot.valToPos(mark.x_end, "x", true) - x, bbox.height);
        ctx.globalAlpha = 1;
      }
      ctx.lineWidth = 1.5 * dpr;
      ctx.setLineDash((DASHES[mark.kind] ?? []).map((length) => length * dpr));
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (!mark.label || x < bbox.left || x > bbox.left + bbox.width) continue;
      const width = ctx.measureText(mark.label).width + 8 * dpr;
      const left = x + width > bbox.left + bbox.width ? x - width : x;
      let row = labelEnds.findIndex((end) => end < left);
      if (row < 0) row = labelEnds.length;
      if (row > 2) continue;
      labelEnds[row] = left + width;
      const top = bbox.top + (2 + 15 * row) * dpr;
      ctx.globalAlpha = 0.85;
      ctx.fillStyle = colour("--bs-stage");
      ctx.fillRect(left + 2 * dpr, top, width - 2 * dpr, 14 * dpr);
      ctx.globalAlpha = 1;
      ctx.fillStyle = ink;
      ctx.fillText(mark.label, left + 5 * dpr, top + 2 * dpr);
    }
    ctx.restore();
  }

  // --- numbers ---

  const signed = (text) => text.replace("-", "−");

  function power(value) {
    if (value === 0) return "0";
    const [mantissa, exponent] = value.toExponential(2).split("e");
    const raised = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPTS[digit]).join("");
    const ten = `10${exponent < 0 ? "⁻" : ""}${raised}`;
    return Number(mantissa) === 1 ? ten : `${signed(String(Number(mantissa)))}×${ten}`;
  }

  const isExtreme = (size) => size !== 0 && (size >= 1e5 || size < 1e-3);

  /** All numbers of an axis in the same way. */
  const numbersOf = (isLog) => (_, splits) => {
    const known = splits.filter((value) => value !== null);
    const step = known.length > 1 ? Math.abs(known[1] - known[0]) : 0;
    const digits = Math.min(Math.max(-Math.floor(Math.log10(step || 1) + 1e-9), 0), 6);
    const largest = Math.max(0, ...known.map(Math.abs));
    return splits.map((value) => {
      if (value === null) return "";
      if (isLog) return isExtreme(value) ? power(value) : signed(String(Number(value.toPrecision(3))));
      return isExtreme(largest) ? power(value) : signed(value.toFixed(digits));
    });
  };

  const written = (value) =>
    isExtreme(Math.abs(value)) ? power(value) : signed(String(Number(value.toPrecision(5))));

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

  // --- what is around the panels ---

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

  /** One column of x, and one for every curve. */
  function asCsv(view) {
    const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const curves = view.panels.flatMap((panel) => panel.curves.map((curve) => [panel, curve]));
    const head = [view.x_label, ...curves.map(([panel, curve]) => `${curve.name} · ${panel.label}`)];
    const tables = curves.map(([panel, curve]) => pairs({ ...panel, y_scale: "linear" }, curve, false));
    const columns = tables.length ? window.uPlot.join(tables, tables.map(() => [1])) : [[]];
    const rows = columns[0].map((_, i) => columns.map((column) => column[i] ?? "").join(","));
    return `${head.map(quoted).join(",")}\n${rows.join("\n")}\n`;
  }
})();
