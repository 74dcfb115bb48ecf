// A spectrogram below a panel's curves, and the bar that says what its colours mean.
(() => {
  "use strict";

  const { h, viridis } = window.sciview;
  const LOWEST = 0.05; // share of the values that is as dark as the darkest: silence would take the whole scale

  /** Which values are drawn as the darkest and the brightest. */
  function heatRange(values) {
    const sorted = values.flat().filter(Number.isFinite).sort((a, b) => a - b);
    if (!sorted.length) return [0, 1];
    const low = sorted[Math.floor(LOWEST * (sorted.length - 1))];
    const high = sorted.at(-1);
    return low < high ? [low, high] : [low - 0.5, low + 0.5];
  }

  /** Into uPlot's canvas. Rows lie between the middles of their neighbours, whatever the scale of y. */
  function drawHeat(plot, heat) {
    const { ctx, bbox } = plot;
    heat.picture ??= pixels(heat);
    const { x, y } = heat;
    const halfX = x.length > 1 ? (x[1] - x[0]) / 2 : 0.5;
    const left = plot.valToPos(x[0] - halfX, "x", true);
    const right = plot.valToPos(x.at(-1) + halfX, "x", true);
    const edge = (row) => {
      const value = row <= 0 ? y[0] : row >= y.length ? y.at(-1) : (y[row - 1] + y[row]) / 2;
      return plot.valToPos(value, "y", true);
    };
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.imageSmoothingEnabled = false;
    for (let row = 0; row < y.length; row += 1) {
      const bottom = edge(row);
      const top = edge(row + 1);
      ctx.drawImage(heat.picture, 0, row, x.length, 1, left, Math.floor(top), right - left, Math.ceil(bottom - top) + 1);
    }
    ctx.restore();
  }

  /** One pixel a value. */
  function pixels({ x, y, values, range: [low, high] }) {
    const picture = document.createElement("canvas");
    picture.width = x.length;
    picture.height = y.length;
    const ctx = picture.getContext("2d");
    const image = ctx.createImageData(x.length, y.length);
    for (let row = 0; row < y.length; row += 1) {
      for (let column = 0; column < x.length; column += 1) {
        const value = values[row][column];
        image.data.set([...viridis((value - low) / (high - low)), Number.isFinite(value) ? 255 : 0], 4 * (row * x.length + column));
      }
    }
    ctx.putImageData(image, 0, 0);
    return picture;
  }

  const rounded = (value) => String(Number(value.toPrecision(3))).replace("-", "−");

  function colourBar({ range: [low, high], unit }) {
    const scale = h("span", { className: "bs-scale", "aria-hidden": "true" });
    const stops = Array.from({ length: 9 }, (_, i) => `rgb(${viridis(i / 8).join(" ")})`);
    scale.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    return h("p", { className: "bs-colour-bar" }, h("span", {}, `≤ ${rounded(low)}`), scale, h("span", {}, `${rounded(high)} ${unit}`));
  }

  Object.assign(window.sciview, { heatRange, drawHeat, colourBar });
})();
