// Sheets that slide over the talk: one at a time, Escape and a tap outside close them, focus stays inside.

const FOCUSABLE = "button:not([disabled]), input:not([disabled]), [tabindex='0'], a[href]";

let open = null; // {sheet, from, closed}

/** Show a sheet. `closed` runs once when it goes away, however it does. */
export function showSheet(sheet, { focus = null, closed = null } = {}) {
  closeSheet();
  open = { sheet, from: document.activeElement, closed };
  sheet.hidden = false;
  document.getElementById("app").setAttribute("aria-hidden", "true");
  const target = focus || sheet.querySelector(FOCUSABLE);
  if (target) target.focus();
}

/** Close the open sheet, if any, and give the focus back to where it was. */
export function closeSheet() {
  if (!open) return;
  const { sheet, from, closed } = open;
  open = null;
  sheet.hidden = true;
  document.getElementById("app").removeAttribute("aria-hidden");
  if (from && from.focus) from.focus();
  if (closed) closed();
}

function keepFocusInside(event) {
  const inside = Array.from(open.sheet.querySelectorAll(FOCUSABLE)).filter((one) => one.offsetParent);
  if (!inside.length) return;
  const first = inside[0];
  const last = inside[inside.length - 1];
  const outside = !open.sheet.contains(document.activeElement);
  if (event.shiftKey && (document.activeElement === first || outside)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && (document.activeElement === last || outside)) {
    event.preventDefault();
    first.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (!open) return;
  if (event.key === "Escape") closeSheet();
  if (event.key === "Tab") keepFocusInside(event);
});

document.addEventListener("click", (event) => {
  if (!open) return;
  if (event.target === open.sheet || event.target.closest("[data-close]")) closeSheet();
});
