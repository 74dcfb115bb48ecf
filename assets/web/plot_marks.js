// Marks on a plot: arrivals, peaks, windows. Each has a line, a colour and its name, as colour alone does not tell.
(() => {
  "use strict";

  const { colourOf } = window.sciview;
  const DASHES = { p: [], s: [], trigger: [4, 3], peak: [2, 3], warning: [6, 3], fit: [8, 4] };
  const MAX_ROWS = 3; // of names, where they are dense

  /** Into uPlot's canvas. A name that would lie on another goes into the next row; beyond the last there is only its line. */
  function drawMarks(plot, marks, element) {
    const colour = (name) => colourOf(element, name);
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
      if (row >= MAX_ROWS) continue;
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

  Object.assign(window.sciview, { drawMarks });
})();
