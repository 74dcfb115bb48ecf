// One sequence with a ruler, its composition and its features; an alignment in blocks. Both fit the width they have.
(() => {
  "use strict";

  const { h, kinds, button, copyButton, legend, swatch, fetchedFigure } = window.sciview;
  const { CLASSES, RESIDUE_COLOURS, letterClass } = window.sciview;
  const BLOCK = 10;
  const MAX_PER_LINE = 60;
  const COPIED_PER_LINE = 60;
  const FIRST_FEATURES = 12;
  const FEATURE_COLOURS = ["--bs-curve-1", "--bs-curve-2", "--bs-curve-3", "--bs-curve-4", "--bs-curve-5", "--bs-curve-6"];
  const USUAL_KINDS = { motif: 0, helix: 3, strand: 1, orf: 2, site: 4 };

  /** Where residue i of a line stands, in letters: there is a space after every block. */
  const column = (i) => i + Math.floor(i / BLOCK);

  const rulerOf = (start, length) =>
    Array.from({ length: Math.floor(length / BLOCK) }, (_, i) => String(start + (i + 1) * BLOCK).padStart(BLOCK)).join(" ");

  /** How many residues fit into a line beside `margin` letters of something else. */
  function fitting(host, margin) {
    const probe = h("span", { className: "bs-probe" }, "0".repeat(100));
    host.append(probe);
    const letters = (host.clientWidth / probe.getBoundingClientRect().width) * 100 - margin;
    probe.remove();
    const blocks = Math.floor((letters + 1) / (BLOCK + 1));
    return Math.min(Math.max(blocks, 1) * BLOCK, MAX_PER_LINE);
  }

  /** Draw now and whenever another number of residues fits. Returns how to end it. */
  function drawFitting(host, margin, draw) {
    let drawn = 0;
    const observer = new ResizeObserver(() => {
      const perLine = host.clientWidth ? fitting(host, margin) : drawn;
      if (perLine !== drawn) draw(drawn = perLine);
    });
    observer.observe(host);
    return () => observer.disconnect();
  }

  /** Letters in runs of one look, blocks apart. look(i) -> a colour or "" */
  function letters(text, look) {
    const parts = [];
    for (let start = 0; start < text.length; start += BLOCK) {
      if (start) parts.push(" ");
      const end = Math.min(start + BLOCK, text.length);
      for (let at = start, from = start; at < end; at += 1) {
        if (at + 1 < end && look(at + 1) === look(from)) continue;
        const run = h("span", { className: look(from) ? "bs-residues" : "" }, text.slice(from, at + 1));
        if (look(from)) run.style.setProperty("--bs-colour", look(from));
        parts.push(run);
        from = at + 1;
      }
    }
    return parts;
  }

  kinds.sequence = (value) => fetchedFigure(value, (text) => {
    const { words } = value;
    const { title, residues, alphabet, features } = JSON.parse(text);
    const colourOf = featureColours(features);
    const placed = inLanes(features);
    const lines = h("div", { className: "bs-letters", tabindex: "0", role: "region", "aria-label": value.alt });
    const draw = (perLine) => {
      const starts = Array.from({ length: Math.ceil(residues.length / perLine) }, (_, i) => i * perLine);
      lines.replaceChildren(...starts.map((start) => {
        const part = residues.slice(start, start + perLine);
        return h("div", { className: "bs-line" },
          h("div", { className: "bs-ruler", "aria-hidden": "true" }, rulerOf(start, part.length) || " "),
          h("div", {}, ...letters(part, (i) => RESIDUE_COLOURS[letterClass(part[i], alphabet)])),
          ...bars(placed, start, part.length, colourOf));
      }));
    };
    const fasta = `>${title}\n${residues.replace(/.{60}(?=.)/g, "$&\n")}\n`;
    let end = () => {};
    return {
      element: h("div", { className: "bs-sequence-view" },
        h("p", { className: "bs-title" }, title, h("span", { className: "bs-unit" },
          ` ${residues.length.toLocaleString()} ${alphabet === "protein" ? words.residues : words.nucleotides}`)),
        lines, composition(residues, alphabet, words), ...featureList(features, colourOf, words)),
      buttons: [copyButton(words.copy_sequence, residues, words), copyButton(words.copy_fasta, fasta, words)],
      start() { end = drawFitting(lines, 0, draw); },
      drop: () => end(),
    };
  });

  /** A colour for each kind of feature. */
  function featureColours(features) {
    const others = [...new Set(features.map((feature) => feature.kind))].filter((kind) => !Object.hasOwn(USUAL_KINDS, kind));
    return (kind) => {
      const number = Object.hasOwn(USUAL_KINDS, kind) ? USUAL_KINDS[kind] : 5 - others.indexOf(kind);
      return `var(${FEATURE_COLOURS[((number % 6) + 6) % 6]})`;
    };
  }

  /** [feature, lane]: two that overlap do not share one. */
  function inLanes(features) {
    const ends = [];
    return [...features].sort((a, b) => a.start - b.start).map((feature) => {
      const free = ends.findIndex((end) => end < feature.start);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = feature.end;
      return [feature, lane];
    });
  }

  /** What of the features lies within `length` residues after `start`. */
  function bars(placed, start, length, colourOf) {
    const here = placed.filter(([{ start: first, end }]) => end > start && first <= start + length);
    if (!here.length) return [];
    const lanes = h("div", { className: "bs-lanes" });
    lanes.style.height = `${0.5 * (Math.max(...here.map(([, lane]) => lane)) + 1)}rem`;
    for (const [{ start: first, end, label, kind }, lane] of here) {
      const from = column(Math.max(first - 1 - start, 0));
      const to = column(Math.min(end - 1 - start, length - 1)) + 1;
      const bar = h("span", { className: "bs-bar-of", title: `${label} ${first}–${end}` });
      bar.style.left = `${from}ch`;
      bar.style.width = `${to - from}ch`;
      bar.style.top = `${0.5 * lane}rem`;
      bar.style.background = colourOf(kind);
      lanes.append(bar);
    }
    return [lanes];
  }

  function featureList(features, colourOf, words) {
    if (!features.length) return [];
    const items = features.map(({ start, end, label, kind }) => h("li", {}, swatch(colourOf(kind)),
      h("span", {}, label), h("span", { className: "bs-unit" }, start === end ? `${start}` : `${start}–${end}`)));
    const list = h("ul", { className: "bs-legend bs-features", "aria-label": words.features }, ...items.slice(0, FIRST_FEATURES));
    const rest = items.slice(FIRST_FEATURES);
    if (!rest.length) return [list];
    const more = button(words.more.replace("{number}", rest.length), () => {
      list.append(...rest);
      more.remove();
    });
    return [list, more];
  }

  function composition(residues, alphabet, words) {
    const counts = {};
    for (const letter of residues) {
      const name = letterClass(letter, alphabet);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    const order = alphabet === "protein" ? [...Object.keys(CLASSES), "other"] : ["A", "C", "G", "T", "U", "other"];
    const present = order.filter((name) => counts[name]);
    const bar = h("div", { className: "bs-composition", "aria-hidden": "true" }, ...present.map((name) => {
      const share = h("span", {});
      share.style.flexGrow = counts[name];
      share.style.background = RESIDUE_COLOURS[name];
      return share;
    }));
    const percent = (name) => `${((100 * counts[name]) / residues.length).toFixed(1)} %`;
    return h("div", { className: "bs-makeup" }, bar, legend(words.composition,
      present.map((name) => [RESIDUE_COLOURS[name], `${words[`residue_${name}`] ?? name} ${percent(name)}`])));
  }

  kinds.alignment = (value) => fetchedFigure(value, (text) => {
    const { words } = value;
    const view = JSON.parse(text);
    const blocks = h("div", { className: "bs-letters", tabindex: "0", role: "region", "aria-label": value.alt });
    const matches = matchLine(view);
    const colours = { same: "var(--bs-accent)", like: "var(--bs-curve-2)" };
    const look = (row) => (i) => {
      if (row[i] === "-") return "";
      if ("|*".includes(matches[i])) return colours.same;
      return matches[i] === ":" ? colours.like : "";
    };
    const width = Math.max(...view.rows.map((row, r) => String(view.starts[r] + row.length).length));
    const longest = Math.min(Math.max(...view.names.map((name) => name.length)), 12);
    const draw = (perLine) => {
      const numbers = [...view.starts];
      const starts = Array.from({ length: Math.ceil(matches.length / perLine) }, (_, i) => i * perLine);
      blocks.replaceChildren(...starts.map((start) => {
        const rows = view.rows.map((row, r) => {
          const part = row.slice(start, start + perLine);
          const first = numbers[r];
          numbers[r] += part.replaceAll("-", "").length;
          return h("div", { className: "bs-row" },
            h("span", { className: "bs-row-name", title: view.names[r] }, view.names[r]),
            h("span", { className: "bs-row-number" }, numbers[r] > first ? `${first}` : ""),
            h("span", {}, ...letters(part, (i) => look(row)(start + i))),
            h("span", { className: "bs-row-number" }, numbers[r] > first ? `${numbers[r] - 1}` : ""));
        });
        const signs = h("div", { className: "bs-row bs-matches", "aria-hidden": "true" }, h("span"), h("span"),
          h("span", {}, ...letters(matches.slice(start, start + perLine), () => "")), h("span"));
        rows.splice(rows.length === 2 ? 1 : rows.length, 0, signs);
        return h("div", { className: "bs-line" }, ...rows);
      }));
    };
    blocks.style.setProperty("--bs-name", `${longest}ch`);
    blocks.style.setProperty("--bs-digits", `${width}ch`);
    const named = [[colours.same, words.identical]];
    if (matches.includes(":")) named.push([colours.like, view.rows.length === 2 ? words.similar : words.conserved]);
    let end = () => {};
    return {
      element: h("div", { className: "bs-sequence-view" }, blocks, legend(words.colours, named)),
      buttons: [copyButton(words.copy, asText(view, matches), words)],
      start() { end = drawFitting(blocks, longest + 2 * width + 3, draw); },
      drop: () => end(),
    };
  });

  /** A sign per column: of two rows "|" identical and ":" of the same kind; of more "*" all and ":" most the same. */
  function matchLine({ rows, alphabet }) {
    return Array.from(rows[0] ?? "", (first, i) => {
      const column = rows.map((row) => row[i].toUpperCase());
      if (column.every((letter) => letter === column[0])) return column[0] === "-" ? " " : rows.length === 2 ? "|" : "*";
      if (rows.length > 2) return mostOf(column) > rows.length / 2 ? ":" : " ";
      const [a, b] = column.map((letter) => (letter === "-" ? "-" : letterClass(letter, alphabet)));
      return a === b && a !== "-" && a !== "other" ? ":" : " ";
    }).join("");
  }

  function mostOf(column) {
    const counts = {};
    for (const letter of column) if (letter !== "-") counts[letter] = (counts[letter] ?? 0) + 1;
    return Math.max(0, ...Object.values(counts));
  }

  /** The blocks as plain text, for a letter or a notebook. */
  function asText({ names, rows, starts }, matches) {
    const longest = Math.max(...names.map((name) => name.length));
    const width = Math.max(...rows.map((row, r) => String(starts[r] + row.length).length));
    const numbers = [...starts];
    const lines = [];
    for (let start = 0; start < matches.length; start += COPIED_PER_LINE) {
      const part = rows.map((row, r) => {
        const letters = row.slice(start, start + COPIED_PER_LINE);
        const first = numbers[r];
        numbers[r] += letters.replaceAll("-", "").length;
        return `${names[r].padEnd(longest)} ${String(first).padStart(width)} ${letters} ${numbers[r] - 1}`;
      });
      const signs = " ".repeat(longest + width + 2) + matches.slice(start, start + COPIED_PER_LINE);
      part.splice(part.length === 2 ? 1 : part.length, 0, signs.trimEnd());
      lines.push(...part, "");
    }
    return lines.join("\n");
  }
})();
