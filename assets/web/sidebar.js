// The list of conversations: grouped by day, searched, renamed and deleted in place. Titles are set as text.
// It is fetched from the server; what is open beside it, Gradio shows. Export and share are other scripts' work: they
// listen to the buttons with data-action here.
(() => {
  "use strict";

  const { h } = window.sciview;
  const { watch, wish, icon, words, turns, filled } = window.desk;
  const STATE_KEY = "benchside-list";
  const TYPING_MS = 200; // a search begins when nothing was typed for so long
  const RUNNING_MS = 3000; // how often the list is read while an answer is being written
  const DAY_MS = 24 * 3600 * 1000;
  const narrow = matchMedia("(width <= 900px)"); // there the list is a drawer over the page; page.css says so too

  let host = null;
  let body = null;
  let search = null;
  let rows = []; // {address, title, updated_at, num_turns, is_running}, newest first
  let isBroken = false;
  let inHand = null; // the row whose menu, title field or question is open; the list is not drawn anew meanwhile
  let timer = null;
  let numReads = 0;

  const isOpen = () => document.documentElement.classList.contains("bs-list-open");

  function show(open, { isRemembered = !narrow.matches } = {}) {
    document.documentElement.classList.toggle("bs-list-open", open);
    document.querySelector("#list-toggle")?.setAttribute("aria-expanded", String(open));
    if (host) host.inert = !open;
    if (isRemembered) localStorage.setItem(STATE_KEY, open ? "open" : "closed");
  }

  const fitWindow = () =>
    show(!narrow.matches && localStorage.getItem(STATE_KEY) !== "closed", { isRemembered: false });

  /** Whoever asked last is answered; an earlier answer that comes late is dropped. */
  async function read() {
    const number = ++numReads;
    clearTimeout(timer);
    let found = null;
    try {
      const response = await fetch(`conversations?query=${encodeURIComponent(search?.value.trim() ?? "")}`);
      if (response.ok) found = (await response.json()).conversations;
    } catch {
      // the server is away; page.js says so, and the list is read again when the page is looked at
    }
    if (number !== numReads) return;
    isBroken = found === null;
    rows = found ?? rows;
    if (!inHand) draw();
    if (rows.some((row) => row.is_running)) timer = setTimeout(read, RUNNING_MS);
  }

  function readSoon(afterMs) {
    clearTimeout(timer);
    timer = setTimeout(read, afterMs);
  }

  function dayOf(row) {
    const midnight = new Date().setHours(0, 0, 0, 0);
    const at = row.updated_at * 1000;
    if (at >= midnight) return "today";
    if (at >= midnight - DAY_MS) return "yesterday";
    if (at >= midnight - 7 * DAY_MS) return "last_7_days";
    return at >= midnight - 30 * DAY_MS ? "last_30_days" : "older";
  }

  function draw() {
    if (!body) return;
    const place = body.scrollTop;
    const days = Map.groupBy ? Map.groupBy(rows, dayOf) : grouped(rows);
    const lists = [...days].flatMap(([day, held]) => [
      h("h2", { className: "bs-day", id: `bs-${day}` }, words()[day]),
      h("ul", { "aria-labelledby": `bs-${day}` }, ...held.map(item)),
    ]);
    const nothing = search.value.trim() ? words().nothing_found : words().nothing_yet;
    const line = isBroken ? words().list_failed : rows.length ? "" : nothing;
    body.replaceChildren(...lists, ...(line ? [h("p", { className: "bs-list-note", role: "status" }, line)] : []));
    body.scrollTop = place;
  }

  function grouped(held) {
    const days = new Map();
    for (const row of held) days.set(dayOf(row), [...(days.get(dayOf(row)) ?? []), row]);
    return days;
  }

  function item(row) {
    const isShown = row.address === turns().conversation;
    const link = h("a", {
      className: "bs-conversation-link", href: `./?c=${encodeURIComponent(row.address)}`, title: row.title,
      "aria-current": isShown ? "page" : null,
    }, row.title);
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // to another tab or window
      event.preventDefault();
      if (!isShown) wish("open", { conversation: row.address });
      if (narrow.matches) show(false);
    });
    const more = h("button", {
      type: "button", className: "bs-icon-button bs-more", "aria-expanded": "false", "aria-haspopup": "true",
      "aria-label": filled(words().more_of, { title: row.title }), onclick: () => openMenu(row, element, more),
    }, icon("more"));
    const running = row.is_running
      ? [h("span", { className: "bs-pulse", role: "img", "aria-label": words().is_running, title: words().is_running })] : [];
    const element = h("li", { className: "bs-conversation", "data-conversation": row.address }, link, ...running, more);
    return element;
  }

  function openMenu(row, element, more) {
    if (inHand) {
      putDown();
      return;
    }
    const entry = (label, attributes, action) =>
      h("button", { type: "button", ...attributes, onclick: () => { putDown(); action?.(); } }, label);
    const menu = h("div", { className: "bs-row-menu", role: "group", "aria-label": more.getAttribute("aria-label") },
      entry(words().rename_conversation, { className: "bs-rename" }, () => rename(row)),
      entry(words().export_conversation, { "data-action": "export", "data-conversation": row.address }),
      entry(words().share_conversation, { "data-action": "share", "data-conversation": row.address }),
      entry(words().delete_conversation, { className: "bs-delete" }, () => askToDelete(row)));
    more.setAttribute("aria-expanded", "true");
    inHand = { element, end: () => { menu.remove(); more.setAttribute("aria-expanded", "false"); more.focus(); } };
    element.append(menu);
    const isBelowTheEdge = menu.getBoundingClientRect().bottom > host.getBoundingClientRect().bottom;
    menu.classList.toggle("bs-upwards", isBelowTheEdge);
    menu.querySelector("button").focus();
  }

  /** Close what is open in a row, and show what has changed meanwhile. */
  function putDown() {
    const held = inHand;
    inHand = null;
    held?.end();
  }

  const rowElement = (row) => body.querySelector(`[data-conversation="${CSS.escape(row.address)}"]`);

  function rename(row) {
    const element = rowElement(row);
    const field = h("input", { className: "bs-title-field", value: row.title, maxlength: 80, "aria-label": words().new_title });
    let isOver = false;
    const end = async (isKept) => {
      if (isOver) return;
      isOver = true;
      inHand = null;
      const title = field.value.trim();
      if (isKept && title && title !== row.title) {
        row.title = title;
        await change(row, "POST", JSON.stringify({ title }));
      }
      draw();
      rowElement(row)?.querySelector("a").focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
    });
    field.addEventListener("blur", () => end(true));
    inHand = { element, end: () => end(true) };
    element.replaceChildren(field);
    field.select();
  }

  function askToDelete(row) {
    const element = rowElement(row);
    const keep = h("button", { type: "button", onclick: () => { inHand = null; draw(); } }, words().keep_conversation);
    const drop = h("button", { type: "button", className: "bs-delete", onclick: async () => {
      inHand = null;
      rows = rows.filter((other) => other !== row);
      draw();
      await change(row, "DELETE");
      if (row.address === turns().conversation) wish("new");
    } }, words().delete_conversation);
    const question = filled(words().delete_question, { title: row.title });
    inHand = { element, end: draw };
    element.replaceChildren(h("div", { className: "bs-delete-question", role: "alertdialog", "aria-label": question },
      h("span", {}, question), drop, keep));
    keep.focus();
  }

  async function change(row, method, content) {
    const headers = { "Content-Type": "application/json" };
    try {
      const response = await fetch(`conversations/${encodeURIComponent(row.address)}`, { method, headers, body: content ?? "" });
      isBroken = !response.ok;
    } catch {
      isBroken = true;
    }
    await read();
  }

  function build(texts) {
    if (!host || !texts.conversations) return;
    search = h("input", {
      type: "search", className: "bs-search", placeholder: texts.search_conversations, "aria-label": texts.search_conversations,
      value: search?.value ?? "", oninput: () => readSoon(TYPING_MS),
    });
    body = h("div", { className: "bs-list-body" });
    host.replaceChildren(
      h("div", { className: "bs-list-head" },
        h("button", { type: "button", id: "new-chat", onclick: newChat }, icon("new"), h("span", {}, texts.new_chat)),
        h("button", {
          type: "button", className: "bs-icon-button", "aria-label": texts.close_list, title: texts.close_list, onclick: () => show(false),
        }, icon("list"))),
      search, body);
    host.setAttribute("aria-label", texts.conversations);
    draw();
    read();
  }

  function newChat() {
    wish("new");
    if (narrow.matches) show(false);
    window.desk.textBox()?.focus();
  }

  /** What Gradio's HTML component calls once. */
  function mount(element) {
    host = element.querySelector(".bs-list");
    element.querySelector(".bs-backdrop").addEventListener("click", () => show(false));
    watch("words", build);
    watch("turns", () => { if (!inHand) draw(); readSoon(0); });
    show(isOpen(), { isRemembered: false });
  }

  document.addEventListener("click", (event) => {
    if (inHand && event.target.isConnected && !inHand.element.contains(event.target)) putDown();
    if (event.target.closest?.("#list-toggle")) show(!isOpen());
    if (event.target.closest?.("#new-chat-small")) newChat();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.target.matches?.(".bs-title-field")) return;
    if (inHand) putDown();
    else if (narrow.matches && isOpen()) show(false);
    else return;
    event.preventDefault(); // an answer goes on
  }, true);
  window.addEventListener("focus", () => { if (host && !inHand) read(); });
  narrow.addEventListener("change", fitWindow);
  fitWindow();

  window.conversationList = { mount, newChat, search: () => { show(true); search?.focus(); } };
})();
