// The button that logs out, on a page that asked for a password. Its words come from the server.
(() => {
  "use strict";

  let account = null; // {name, log_out, log_out_of}

  async function logOut() {
    await fetch("logout", { method: "POST" });
    location.reload();
  }

  function button() {
    const made = document.createElement("button");
    made.id = "log-out";
    made.type = "button";
    made.textContent = account.log_out;
    made.title = account.log_out_of;
    made.setAttribute("aria-label", account.log_out_of);
    made.addEventListener("click", logOut);
    return made;
  }

  function show() {
    const header = document.querySelector("#header h1")?.parentElement;
    if (header && !document.querySelector("#log-out")) header.append(button());
  }

  async function start() {
    const response = await fetch("account");
    if (response.status !== 200) return;
    account = await response.json();
    // Gradio draws the header late, and again in another language
    new MutationObserver(show).observe(document.documentElement, { childList: true, subtree: true });
    show();
  }

  start();
})();
