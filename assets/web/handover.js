// The dialogs of what leaves the page: exports, links to a read-only page, one turn as a request.
// Any button with data-action and data-conversation opens them, whoever drew it; what they say comes from the server.
(() => {
  "use strict";

  const { h, button, copyButton, save } = window.sciview;

  /** The answer of a route; one that refuses has a sentence for people. */
  async function ask(address, options) {
    const response = await fetch(address, options);
    if (!response.ok) throw Object.assign(new Error(response.status), { sentence: await response.text() });
    return response;
  }

  const at = (conversation, rest) => `conversations/${encodeURIComponent(conversation)}/${rest}`;
  const json = async (address, options) => (await ask(address, options)).json();

  function dialog(title, words, ...content) {
    document.querySelector("dialog.bs-handover")?.close();
    const close = h("button", { type: "button", className: "bs-close", "aria-label": words.handover_close, onclick: () => element.close() }, "×");
    const note = h("p", { className: "bs-handover-note", role: "status" });
    const name = h("h2", { id: "bs-handover-title" }, title);
    const element = h("dialog", { className: "bs-handover sciview", "aria-labelledby": name.id },
      h("header", {}, name, close), ...content, note);
    element.addEventListener("close", () => element.remove());
    element.addEventListener("click", (event) => { if (event.target === element) element.close(); }); // beside it
    element.addEventListener("keydown", (event) => event.stopPropagation()); // Escape closes it and stops no answer
    (document.querySelector(".gradio-container") ?? document.body).append(element); // whose fonts it has
    element.showModal();
    return { element, say: (text) => { note.textContent = text; }, fail: (error) => { note.textContent = error.sentence || words.handover_failed; } };
  }

  async function openExport(conversation) {
    const view = await json(at(conversation, "handover"));
    const { words } = view;
    const choices = view.formats.map(({ format, label, about, name }) => h("li", {},
      h("button", { type: "button", className: "bs-choice", onclick: () => fetchFile(format, name) },
        h("strong", {}, label), h("span", {}, about))));
    const shown = dialog(words.export_title, words, h("ul", { className: "bs-choices" }, ...choices));
    const fetchFile = async (format, name) => {
      shown.say(words.export_preparing);
      try {
        const response = await ask(at(conversation, `export?format=${format}`));
        save(name, await response.blob(), "application/octet-stream");
        shown.element.close();
      } catch (error) {
        shown.fail(error);
      }
    };
  }

  async function openShare(conversation) {
    const [view, links] = await Promise.all([json(at(conversation, "handover")), json(at(conversation, "share"))]);
    const { words } = view;
    const thinking = h("input", { type: "checkbox", checked: true });
    const files = h("input", { type: "checkbox" });
    const days = h("select", { className: "bs-button bs-menu" },
      ...view.expiries.map(([number, label]) => h("option", { value: number, selected: number === 7 }, label)));
    const made = h("div", { className: "bs-made" });
    const list = h("ul", { className: "bs-links" });
    const listed = h("section", {}, h("h3", {}, words.share_list), list);
    const publish = button(words.share_publish, async () => {
      publish.disabled = true;
      try {
        const includes = [...(thinking.checked ? ["thinking"] : []), ...(files.checked ? ["files"] : [])];
        const body = JSON.stringify({ expires_in_days: Number(days.value), includes });
        const share = await json(at(conversation, "share"), { method: "POST", body });
        const address = h("input", { readonly: true, value: share.url, "aria-label": words.share_link });
        made.replaceChildren(address, copyButton(words.share_copy, share.url, words), h("p", {}, words.share_once));
        list.prepend(row(share));
        listed.hidden = false;
        shown.say("");
        address.focus();
        address.select();
      } catch (error) {
        shown.fail(error);
      }
      publish.disabled = false;
    }, { className: "bs-button bs-main" });
    const row = ({ id, text }) => {
      const self = h("li", {}, h("span", {}, text), button(words.share_revoke, async () => {
        try {
          await ask(at(conversation, `share/${id}`), { method: "DELETE", body: "{}" });
          self.remove();
          listed.hidden = !list.children.length;
          made.replaceChildren();
          shown.say(words.share_revoked);
        } catch (error) {
          shown.fail(error);
        }
      }));
      return self;
    };
    list.append(...links.map(row));
    listed.hidden = !links.length;
    const shown = dialog(words.share_title, words,
      h("p", {}, words.share_what),
      h("label", { className: "bs-choose" }, thinking, words.share_thinking),
      ...(view.files ? [h("label", { className: "bs-choose" }, files, view.files)] : []),
      h("label", { className: "bs-choose" }, words.share_expiry, days),
      h("div", { className: "bs-do" }, publish), made, listed);
  }

  /** Copies; where the browser forbids it, or has forgotten the click by now, the text is shown to be copied. */
  async function copyRequest(conversation, turn, form, self) {
    const text = await (await ask(at(conversation, `turns/${turn}/request?as=${form}`))).text();
    const { words } = await json(at(conversation, "handover"));
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      dialog(words.request_title, words, h("textarea", { className: "bs-request", readonly: true, rows: 14, "aria-label": words.request_title }, text));
      document.querySelector(".bs-request").select();
      return;
    }
    tell(self, words.copied);
  }

  function tell(self, text) {
    const note = h("p", { className: "bs-told", role: "status" }, text);
    document.body.append(note);
    setTimeout(() => note.remove(), 2000);
    self.focus();
  }

  const actions = {
    export: ({ conversation }) => openExport(conversation),
    share: ({ conversation }) => openShare(conversation),
    "copy-curl": ({ conversation, turn }, self) => copyRequest(conversation, turn, "curl", self),
    "copy-python": ({ conversation, turn }, self) => copyRequest(conversation, turn, "python", self),
  };

  document.addEventListener("click", async (event) => {
    const self = event.target.closest?.("button[data-action]");
    if (!self || !Object.hasOwn(actions, self.dataset.action)) return;
    self.disabled = true;
    try {
      await actions[self.dataset.action](self.dataset, self);
    } catch (error) {
      tell(self, error.sentence || String(error.message));
    }
    self.disabled = false;
  });
})();
