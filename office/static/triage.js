// The triage screen: one key a deed, the next case by itself, the same by touch.
// Without this script every row is a link to a page with plain forms.

(function () {
  "use strict";
  const queue = document.getElementById("queue");
  if (!queue || !window.HTMLDialogElement) return;
  const rows = [...queue.querySelectorAll(".row")];
  const says = document.getElementById("says");
  const narrow = window.matchMedia("(max-width: 899px)");
  let at = 0;
  let busy = false;

  document.body.classList.add("ready");

  const detail = (index) => document.getElementById("viec-" + rows[index].dataset.code);

  function choose(index, look) {
    at = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, n) => {
      row.classList.toggle("chosen", n === at);
      if (n === at) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      detail(n).hidden = n !== at;
    });
    rows[at].scrollIntoView({ block: "nearest" });
    if (look) {
      document.body.classList.add("looking");
      detail(at).focus({ preventScroll: narrow.matches ? false : true });
      if (narrow.matches) window.scrollTo(0, 0);
    }
  }

  function next() {
    for (let step = 1; step <= rows.length; step += 1) {
      const index = (at + step) % rows.length;
      if (!rows[index].classList.contains("done")) {
        choose(index, document.body.classList.contains("looking") || !narrow.matches);
        return;
      }
    }
    tell("Hết việc trong danh sách này rồi ạ. Em tải danh sách mới nhé.", false);
    window.setTimeout(() => window.location.reload(), 900);
  }

  function tell(words, wrong) {
    says.textContent = words;
    says.classList.toggle("wrong", wrong);
  }

  async function send(form, more) {
    if (busy) return;
    busy = true;
    const fields = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(more || {})) fields.set(name, value);
    const index = at;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: fields,
        headers: { Accept: "application/json" },
        credentials: "same-origin",
      });
      const told = await answer.json();
      tell(told.says, !answer.ok);
      if (answer.ok || answer.status === 409) finished(index, form.dataset.deed, answer.ok);
    } catch (lost) {
      tell("Mạng chậm nên em chưa ghi được. Anh/chị bấm lại giúp em nhé.", true);
    } finally {
      busy = false;
    }
  }

  // these leave the case where it is, to be worked on further; the page shows them anew
  const STAYS = { "xac-minh": true, khan: true, "khong-khan": true, "cho-xu-ly": true };

  function finished(index, deed, done) {
    if (done && STAYS[deed]) {
      const form = detail(index).querySelector('[data-deed="' + deed + '"]');
      if (form) form.remove();
      if (deed !== "cho-xu-ly") return;
    }
    rows[index].classList.add("done");
    for (const form of detail(index).querySelectorAll(".deeds form")) form.remove();
    next();
  }

  // --- what must be said with a deed ---------------------------------------------------------

  let asking = null;

  function ask(form) {
    const dialog = document.getElementById({ why: "ask-why", unit: "ask-unit", case: "ask-case" }[form.dataset.asks]);
    if (!dialog) return;
    asking = form;
    for (const field of dialog.querySelectorAll("input, textarea")) field.value = "";
    if (form.dataset.asks === "case") likes(form);
    if (form.dataset.asks === "unit") sift("");
    dialog.showModal();
    const field = dialog.querySelector("#unit-find, #case-likes button, .choice");
    (field || dialog.querySelector("input, textarea")).focus();
  }

  function likes(form) {
    const list = document.getElementById("case-likes");
    const codes = form.closest(".detail").dataset.likes.split(" ").filter(Boolean);
    list.replaceChildren(
      ...codes.map((code, index) => {
        const button = document.createElement("button");
        const key = document.createElement("kbd");
        button.type = "button";
        button.className = "choice";
        button.dataset.case = code;
        button.dataset.digit = String(index + 1);
        key.textContent = String(index + 1);
        button.append(key, code);
        return button;
      }),
    );
  }

  function answer(dialog, more) {
    const form = asking;
    asking = null;
    dialog.close();
    if (form) send(form, more);
  }

  const plain = (words) => words.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");

  function sift(words) {
    const wanted = plain(words.trim());
    let first = true;
    for (const choice of document.querySelectorAll("#unit-list .choice")) {
      choice.hidden = !plain(choice.textContent).includes(wanted);
      choice.classList.toggle("first", !choice.hidden && first && wanted !== "");
      if (!choice.hidden) first = false;
    }
  }

  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      const choice = event.target.closest(".choice");
      if (choice) {
        const { words, unit } = choice.dataset;
        answer(dialog, words ? { words } : unit ? { unit } : { case: choice.dataset.case });
      } else if (event.target.closest("[data-close]")) {
        asking = null;
        dialog.close();
      } else if (event.target.closest("[data-send]")) {
        said(dialog);
      }
    });
    dialog.addEventListener("submit", (event) => {
      event.preventDefault();
      said(dialog);
    });
  }

  function said(dialog) {
    const first = dialog.querySelector(".choice.first:not([hidden])");
    const words = dialog.querySelector("#why-words, #case-code");
    if (words && words.value.trim()) answer(dialog, dialog.id === "ask-why" ? { words: words.value } : { case: words.value });
    else if (first) answer(dialog, { unit: first.dataset.unit });
    else if (words) words.focus();
  }

  const find = document.getElementById("unit-find");
  if (find) find.addEventListener("input", () => sift(find.value));

  // --- touch and keys ------------------------------------------------------------------------

  queue.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(rows.indexOf(row), true);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-next]")) next();
    if (event.target.closest("[data-back]")) {
      document.body.classList.remove("looking");
      rows[at].focus();
    }
    const link = event.target.closest("form[data-asks] a.deed");
    if (link) {
      event.preventDefault();
      ask(link.closest("form"));
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-deed]");
    if (!form) return;
    event.preventDefault();
    act(form);
  });

  function act(form) {
    if (form.dataset.asks) ask(form);
    else send(form);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const open = document.querySelector("dialog[open]");
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (open) {
      const choice = /^[1-9]$/.test(event.key) && !typing && open.querySelector('.choice[data-digit="' + event.key + '"]');
      if (choice) choice.click();
      return;
    }
    if (typing) return;
    if (event.key === "ArrowDown" || event.key === "j") choose(at + 1, !narrow.matches);
    else if (event.key === "ArrowUp" || event.key === "k") choose(at - 1, !narrow.matches);
    else if (event.key === "8") window.location.assign(rows[at].href);
    else if (event.key === "9") next();
    else if (/^[1-7]$/.test(event.key)) {
      const form = detail(at).querySelector('form[data-digit="' + event.key + '"]');
      if (form) act(form);
    } else return;
    event.preventDefault();
  });

  choose(0, false);
})();
