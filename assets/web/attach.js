// The files of the next question: chosen, dropped or pasted, sent to the server at once, shown as a row above the box.
// What the row holds is the value of a Gradio component, so it goes along with the question. Text is set as text.
(() => {
  "use strict";

  const h = window.sciview.h;
  const MARKS = { image: "▣", video: "▶", signal: "∿", molecule: "⬡", sequence: "≡", structure: "◉", crystal: "◇", text: "¶" };

  let component = null; // what Gradio shows: {value: {address, max_bytes, files, pending, words}}
  let host = null;
  const waiting = []; // files that were chosen before the server had said where they go
  let uploads = []; // one is sent after the other, so that they stay in order: {name, address, request, label, file}
  let problems = []; // one sentence each

  const isReady = () => Boolean(component?.value?.address);
  const lacksRate = (file) => file.asks_rate && !file.has_no_rate && !(file.sampling_rate > 0);
  const named = (template, name) => template.replace("{name}", name);

  /** Change what goes along with the question. Gradio tells nobody of our own changes. */
  function change(fields) {
    component.value = { ...component.value, ...fields };
  }

  function draw() {
    if (!isReady()) return;
    const { files, words, editing } = component.value;
    const rows = [...files.map(chip), ...uploads.map(progress)];
    host.replaceChildren(
      ...(editing === null ? [] : [editLine(editing)]),
      ...(rows.length ? [h("ul", { className: "bs-chips", "aria-label": words.attached_files }, ...rows)] : []),
      ...files.filter((file) => file.asks_rate).map((file) => question(file, words)),
      ...problems.map((sentence) => h("p", { className: "bs-problem-line", role: "alert" }, sentence)));
    document.body.dataset.dropHere = words.drop_here;
  }

  /** What is in the box takes the place of a question that was sent before, unless the reader thinks better of it. */
  function editLine(number) {
    const { words } = component.value;
    const cancel = h("button", { type: "button", className: "bs-button bs-cancel-edit", onclick: cancelEdit }, words.cancel_edit);
    return h("p", { className: "bs-edit-line sciview" }, h("span", {}, words.editing.replace("{number}", number + 1)), cancel);
  }

  function cancelEdit() {
    change({ files: [], editing: null });
    window.desk.write("");
    renew();
  }

  function chip(file) {
    const { words } = component.value;
    const remove = () => {
      change({ files: component.value.files.filter((other) => other.id !== file.id) });
      problems = [];
      draw();
      document.querySelector("#box textarea")?.focus();
    };
    return h("li", { className: "bs-chip" },
      h("span", { className: "bs-chip-mark", "aria-hidden": "true" }, MARKS[file.kind]),
      h("span", { className: "bs-chip-name" }, file.name),
      h("span", { className: "bs-chip-size" }, file.size),
      ...(file.asks_rate ? [rate(file, words)] : []),
      h("button", { type: "button", "aria-label": named(words.remove_file, file.name), onclick: remove }, "×"));
  }

  /** A file of bare numbers does not say how fast they were taken: a person does, or says that nobody knows. */
  function rate(file, words) {
    const input = h("input", {
      type: "number", min: "0", step: "any", inputmode: "decimal", placeholder: "?", disabled: file.has_no_rate,
      value: file.sampling_rate ?? "", "aria-label": named(words.sampling_rate_of, file.name), id: `rate-${file.id}`,
      "aria-describedby": `rate-asked-${file.id}`,
    });
    const none = h("button", {
      type: "button", className: "bs-no-rate", "aria-pressed": String(file.has_no_rate), title: words.no_rate_means,
      onclick: () => {
        const has_no_rate = !current(file).has_no_rate;
        set(file, { has_no_rate, sampling_rate: null });
        draw();
        if (has_no_rate) textBox()?.focus();
        else rateField(file)?.focus();
      },
    }, words.no_rate);
    input.addEventListener("input", () => {
      set(file, { sampling_rate: input.valueAsNumber > 0 ? input.valueAsNumber : null });
      document.getElementById(`rate-asked-${file.id}`).hidden = !lacksRate(current(file));
    });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") textBox()?.focus(); });
    return h("span", { className: "bs-rate" },
      h("label", {}, h("span", {}, words.sampling_rate), input, h("span", {}, "Hz")), none);
  }

  function question(file, words) {
    const sentence = named(words.rate_needed, file.name);
    return h("p", { className: "bs-ask-line", id: `rate-asked-${file.id}`, hidden: !lacksRate(file) }, sentence);
  }

  const textBox = () => document.querySelector("#box textarea");
  const rateField = (file) => document.getElementById(`rate-${file.id}`);
  const current = (file) => component.value.files.find((other) => other.id === file.id);

  function set(file, fields) {
    change({ files: component.value.files.map((other) => (other.id === file.id ? { ...other, ...fields } : other)) });
  }

  /** Ask for the first sampling rate that is missing. False where none is. */
  function ask() {
    const file = component?.value?.files?.find(lacksRate);
    if (!file) return false;
    rateField(file)?.focus();
    document.getElementById(`rate-asked-${file.id}`)?.setAttribute("role", "alert");
    return true;
  }

  function progress(upload) {
    return h("li", { className: "bs-chip bs-on-its-way" },
      h("span", { className: "bs-chip-name" }, upload.name), upload.label,
      h("button", {
        type: "button", "aria-label": named(component.value.words.remove_file, upload.name), onclick: () => giveUp(upload),
      }, "×"));
  }

  function sendAll(files) {
    if (!isReady()) {
      waiting.push(...files);
      return;
    }
    problems = [];
    files.forEach(send);
  }

  function send(file) {
    const { address, max_bytes, words } = component.value;
    if (file.size > max_bytes) {
      const size = `${(file.size / 2 ** 20).toFixed(1)} MB`;
      problems.push(named(words.file_too_large, file.name).replace("{size}", size));
      draw();
      return;
    }
    const request = new XMLHttpRequest();
    const upload = { name: file.name, address, request, label: h("span", { className: "bs-chip-size" }, "0 %"), file };
    uploads.push(upload);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) upload.label.textContent = `${Math.floor((100 * event.loaded) / event.total)} %`;
    });
    request.addEventListener("load", () => take(upload, request.status === 200 ? JSON.parse(request.responseText) : null));
    request.addEventListener("error", () => take(upload, null));
    request.addEventListener("abort", () => end(upload));
    change({ pending: uploads.length });
    draw();
    if (uploads.length === 1) begin(upload);
  }

  function begin({ address, request, name, file }) {
    request.open("POST", `${address}?name=${encodeURIComponent(name)}`);
    request.send(file);
  }

  function take(upload, file) {
    const { files, words } = component.value;
    if (file) change({ files: [...files.filter((other) => other.id !== file.id), file] });
    if (!file) problems.push(upload.request.responseText || named(words.upload_failed, upload.name));
    end(upload);
    const isTyping = document.activeElement === textBox() && textBox().value;
    if (file && lacksRate(file) && !isTyping) rateField(file)?.focus();
  }

  function end(upload) {
    const wasFirst = uploads[0] === upload;
    uploads = uploads.filter((other) => other !== upload);
    change({ pending: uploads.length });
    draw();
    if (wasFirst && uploads.length) begin(uploads[0]);
  }

  function giveUp(upload) {
    if (uploads[0] === upload) upload.request.abort(); // and end(), as it tells us
    else end(upload);
  }

  /** The server has set the row anew: after a question was sent or is edited, or for another chat. */
  function renew() {
    problems = [];
    const isStray = (upload) => upload.address !== component.value.address;
    [...uploads].reverse().filter(isStray).forEach(giveUp); // the one that is being sent last
    if (uploads.length) change({ pending: uploads.length });
    window.turnActions.dimFrom(component.value.editing ?? null);
    draw();
    if (waiting.length) sendAll(waiting.splice(0));
  }

  /** What Gradio's HTML component calls once. */
  function mount(element, props, watch) {
    host = element.querySelector(".bs-composer");
    component = props;
    draw();
    watch("value", renew);
  }

  const picker = h("input", { type: "file", multiple: true, hidden: true });
  picker.addEventListener("change", () => {
    sendAll([...picker.files]);
    picker.value = "";
    document.querySelector("#box textarea")?.focus();
  });

  const bringsFiles = (transfer) => Boolean(transfer) && [...transfer.types].includes("Files");

  // Ahead of Gradio's own listeners, whose way of sending files is closed here.
  function onDrag(event) {
    if (!bringsFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.stopPropagation();
    const hasLeft = event.type === "drop" || (event.type === "dragleave" && !event.relatedTarget);
    document.body.classList.toggle("bs-dropping", !hasLeft);
    if (event.type === "drop") sendAll([...event.dataTransfer.files]);
  }

  function onPaste(event) {
    const clipboard = event.clipboardData;
    if (!bringsFiles(clipboard) || clipboard.getData("text")) return; // a copied table is also a picture
    event.preventDefault();
    event.stopPropagation();
    sendAll([...clipboard.files]);
  }

  /** Nothing is sent while a sampling rate is asked for. */
  function holdBack(event) {
    const isEnter = event.type === "keydown" && event.key === "Enter" && !event.shiftKey && !event.isComposing;
    const isSending = isEnter ? event.target.matches?.("#box textarea") : event.target.closest?.("#box .submit-button");
    if ((event.type === "keydown" && !isEnter) || !isSending || !ask()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  for (const type of ["keydown", "click"]) document.addEventListener(type, holdBack, true);
  for (const type of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(type, onDrag, true);
  document.addEventListener("paste", onPaste, true);
  document.addEventListener("click", (event) => { if (event.target.closest?.("#attach .bs-attach")) picker.click(); });

  /** Those of an example instead of what is there. */
  function replaceAll(files) {
    if (isReady()) change({ files: [] });
    sendAll(files);
  }

  function report(sentence) {
    problems = [sentence];
    draw();
  }

  const isEditing = () => Number.isInteger(component?.value?.editing);

  window.attachments = { mount, add: sendAll, replaceAll, report, isEditing, cancelEdit };
})();
