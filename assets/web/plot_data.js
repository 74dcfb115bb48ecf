// The numbers of a plot: what of them can be drawn, how far they reach, and as CSV to keep.
(() => {
  "use strict";

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
    return isShared ? [x, ...tables.map(([, y]) => y)] : merged(tables);
  }

  /** Tables of their own x over all x. One that comes several times, as in repeated measurements, stays several times. */
  function merged(tables) {
    const places = new Map(); // "x occurrence" -> [x, occurrence]
    const keysOf = ([xs]) => {
      let occurrence = 0;
      return xs.map((x, i) => {
        occurrence = i && x === xs[i - 1] ? occurrence + 1 : 0;
        const key = `${x} ${occurrence}`;
        places.set(key, [x, occurrence]);
        return key;
      });
    };
    const keys = tables.map(keysOf);
    const sorted = [...places].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]);
    const rows = new Map(sorted.map(([key], row) => [key, row]));
    const columns = tables.map(([, ys], t) => {
      const column = new Array(sorted.length).fill(undefined);
      ys.forEach((y, i) => { column[rows.get(keys[t][i])] = y; });
      return column;
    });
    return [sorted.map(([, [x]]) => x), ...columns];
  }

  /** One column of x, and one for every curve. */
  function asCsv(view) {
    const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const curves = view.panels.flatMap((panel) => panel.curves.map((curve) => [panel, curve]));
    const head = [view.x_label, ...curves.map(([panel, curve]) => `${curve.name} · ${panel.label}`)];
    const tables = curves.map(([panel, curve]) => pairs({ ...panel, y_scale: "linear" }, curve, false));
    const columns = merged(tables);
    const rows = columns[0].map((_, i) => columns.map((column) => column[i] ?? "").join(","));
    return `${head.map(quoted).join(",")}\n${rows.join("\n")}\n`;
  }

  Object.assign(window.sciview, { asCsv, joined, wholeRange });
})();
