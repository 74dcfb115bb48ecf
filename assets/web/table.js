// A table: CSV, sorted by any column, copied or kept.
(() => {
  "use strict";

  const { h, kinds, button, copyButton, fetchedFigure } = window.sciview;
  const FIRST_ROWS = 200;
  const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
  const NEXT_ORDER = { none: "ascending", ascending: "descending", descending: "none" };
  const byText = new Intl.Collator(undefined, { numeric: true }).compare;

  /** RFC 4180, and what programs make of it: any line end, quotes within a cell, a last line without an end. */
  function parseCsv(text) {
    const rows = [];
    let row = [];
    let cell = "";
    let isQuoted = false;
    const endRow = () => {
      rows.push([...row, cell]);
      row = [];
      cell = "";
    };
    for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; at += 1) {
      const sign = text[at];
      if (isQuoted) {
        if (sign !== '"') cell += sign;
        else if (text[at + 1] === '"') { cell += '"'; at += 1; } else isQuoted = false;
      } else if (sign === '"' && cell === "") isQuoted = true;
      else if (sign === ",") { row.push(cell); cell = ""; }
      else if (sign === "\n" || sign === "\r") {
        if (sign === "\r" && text[at + 1] === "\n") at += 1;
        endRow();
      } else cell += sign;
    }
    if (cell || row.length) endRow();
    return rows.filter((cells) => cells.length > 1 || cells[0] !== "");
  }

  kinds.table = (value) => fetchedFigure(value, (text) => {
    const { words } = value;
    const [columns = [], ...rows] = parseCsv(text);
    const isNumeric = columns.map((_, i) => rows.some((row) => row[i]) && rows.every((row) => !row[i] || NUMBER.test(row[i])));
    let order = { column: -1, direction: "none" };
    let limit = FIRST_ROWS;

    const sorted = () => {
      const { column, direction } = order;
      if (direction === "none") return rows;
      const compare = isNumeric[column] ? (a, b) => a - b : byText;
      const sign = direction === "ascending" ? 1 : -1;
      return rows.toSorted((a, b) => {
        if (!a[column] || !b[column]) return !a[column] - !b[column]; // what is not known comes last
        return sign * compare(a[column], b[column]);
      });
    };
    const heads = columns.map((name, column) => {
      const [, title, unit] = name.match(/^(.*?)\s*(\([^()]*\))?$/s);
      const label = h("button", { type: "button", className: "bs-sort", onclick: () => {
        const direction = order.column === column ? NEXT_ORDER[order.direction] : "ascending";
        order = { column, direction };
        heads.forEach((head, i) => head.setAttribute("aria-sort", i === column ? direction : "none"));
        draw();
      } }, h("span", {}, title || name), ...(title && unit ? [h("span", { className: "bs-unit" }, unit)] : []));
      return h("th", { scope: "col", "aria-sort": "none", className: isNumeric[column] ? "bs-number" : "" }, label);
    });
    const body = h("tbody");
    const count = h("span", { className: "bs-count", role: "status" });
    const all = button(words.show_all.replace("{number}", rows.length.toLocaleString()), () => {
      limit = rows.length;
      draw();
    });
    const draw = () => {
      body.replaceChildren(...sorted().slice(0, limit).map((row) =>
        h("tr", {}, ...columns.map((_, i) => h("td", { className: isNumeric[i] ? "bs-number" : "" }, row[i] ?? "")))));
      all.hidden = rows.length <= limit;
      count.textContent = (all.hidden ? words.rows : words.first_rows)
        .replace("{shown}", limit.toLocaleString()).replace("{number}", rows.length.toLocaleString());
    };
    draw();
    return {
      element: h("div", { className: "bs-tabular" },
        h("div", { className: "bs-scroll", tabindex: "0", role: "region", "aria-label": value.alt },
          h("table", {}, h("thead", {}, h("tr", {}, ...heads)), body)),
        h("div", { className: "bs-bar" }, count, all)),
      buttons: [copyButton(words.copy_csv, text, words)],
    };
  });

  Object.assign(window.sciview, { parseCsv });
})();
