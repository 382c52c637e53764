// The talk itself: bubbles, choices, photos, places, days. A line is drawn once, by its id.

import { closeSheet, showSheet } from "./sheets.js";

const talk = document.getElementById("talk");
const log = document.getElementById("log");
const down = document.getElementById("down");
const thinking = document.getElementById("thinking");
const photoSheet = document.getElementById("photo-view");

const drawn = new Map(); // line id → its element
const labels = new Map(); // button token → what stands on it
const albums = new Map(); // album id → the element that holds its photos
let lastDay = "";
let onChoice = () => {};
let onPlace = () => {};

/** Tell the talk what to do when a choice or "gửi vị trí" is tapped. */
export function whenTapped(choice, place) {
  onChoice = choice;
  onPlace = place;
}

export function isDrawn(id) {
  return drawn.has(id);
}

/** What stands on the button of a token, for people. */
export function labelOf(token) {
  return labels.get(token) || "(đã bấm nút)";
}

function make(tag, name, words) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (words !== undefined) element.textContent = words;
  return element;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.appendChild(line);
  return svg;
}

const PIN = "M12 21.5s7-6.8 7-12a7 7 0 0 0-14 0c0 5.2 7 12 7 12zM12 12.1a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z";

function dayOf(at) {
  const day = at.toLocaleDateString("vi-VN", { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric" });
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
  return ago === 0 ? "Hôm nay" : ago === 1 ? "Hôm qua" : day.charAt(0).toUpperCase() + day.slice(1);
}

function clockOf(at) {
  return at.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
}

/** Addresses in the bot's words become links; everything else stays text. */
function putWords(into, words) {
  for (const part of words.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/)) {
    if (!/^https?:\/\//.test(part)) {
      into.appendChild(document.createTextNode(part));
      continue;
    }
    const link = make("a", "", part);
    link.href = part;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    into.appendChild(link);
  }
}

function bubble(words) {
  const element = make("p", "bubble");
  putWords(element, words);
  return element;
}

let following = true; // whether the newest line is in sight, give or take a bubble, since the last scroll

export function toEnd() {
  following = true;
  talk.scrollTop = talk.scrollHeight;
  down.hidden = true;
}

function append(element, own) {
  const stay = own || following;
  log.appendChild(element);
  if (stay) toEnd();
  else down.hidden = false;
}

function newDay(at) {
  const day = dayOf(at);
  if (day === lastDay) return;
  lastDay = day;
  log.appendChild(make("p", "day", day));
}

/** What a person's own words look like: commands are shown as what they do, the opening one not at all. */
function shownWords(words) {
  const start = /^\/start(?:\s+(.+))?$/.exec(words.trim());
  if (!start) return words;
  return start[1] ? "Mã mời: " + start[1].slice(0, 2) + "••••" : ""; // the phone may be lent to others
}

/** Draw a line the server knows: {id, who, at, words, buttons, photos, files, asks_place, token, place}. */
export function draw(line) {
  if (drawn.has(line.id)) return settle(line);
  if (line.who === "bot") drawBot(line);
  else drawMine(line, "");
  return undefined;
}

function frame(line, who, speaker) {
  const at = new Date(line.at);
  newDay(at);
  const element = make("div", "line " + who);
  element.appendChild(make("span", "unseen", speaker));
  drawn.set(line.id, element);
  return { element, at };
}

function drawBot(line) {
  const { element, at } = frame(line, "bot", "Sổ Xanh:");
  if (line.photos.length) element.appendChild(photosOf(line.photos, "Ảnh Sổ Xanh gửi"));
  if (line.words) element.appendChild(bubble(line.words));
  for (const file of line.files) element.appendChild(fileLink(file));
  const choices = choicesOf(line);
  if (choices) element.appendChild(choices);
  element.appendChild(make("p", "foot", clockOf(at)));
  for (const older of log.querySelectorAll(".newest")) older.classList.remove("newest");
  element.classList.add("newest");
  append(element, false);
}

function choicesOf(line) {
  if (!line.buttons.length && !line.asks_place) return null;
  const choices = make("div", "choices");
  choices.setAttribute("role", "group");
  choices.setAttribute("aria-label", "Chọn một");
  if (line.asks_place) {
    const place = make("button", "choice");
    place.type = "button";
    place.appendChild(icon(PIN));
    place.appendChild(document.createTextNode("Chọn vị trí trên bản đồ"));
    place.addEventListener("click", () => onPlace());
    choices.appendChild(place);
  }
  for (const [label, token] of line.buttons) {
    labels.set(token, label);
    const choice = make("button", "choice", label);
    choice.type = "button";
    choice.addEventListener("click", () => {
      if (choice.dataset.resting) return; // the second half of a double tap
      choice.dataset.resting = "yes";
      setTimeout(() => delete choice.dataset.resting, 1200);
      for (const other of choices.children) other.classList.toggle("chosen", other === choice);
      onChoice(token, label);
    });
    choices.appendChild(choice);
  }
  return choices;
}

function fileLink(file) {
  const element = make("p", "bubble");
  const link = make("a", "", "Tải tệp về máy");
  link.href = "/chat/media/" + file;
  link.setAttribute("download", "");
  element.appendChild(link);
  return element;
}

/** Draw something of the person's own. `state` is "" or "waiting". */
export function drawMine(line, state) {
  if (line.photos) return drawMyPhoto(line, state);
  const words = line.token ? labelOf(line.token) : shownWords(line.words || "");
  const { element, at } = frame(line, "me", "Anh/chị:");
  if (line.place) element.appendChild(placeOf(line.place));
  else if (words) element.appendChild(bubble(words));
  else element.hidden = true;
  element.appendChild(make("p", "foot", clockOf(at)));
  append(element, true);
  mark(element, state);
  return element;
}

function placeOf({ lat, lon, words }) {
  const element = make("p", "bubble place");
  element.appendChild(icon(PIN));
  const text = make("span", "", words || "Vị trí đã chọn");
  text.appendChild(make("small", "", lat.toFixed(5) + ", " + lon.toFixed(5)));
  element.appendChild(text);
  return element;
}

function photosOf(ids, alt) {
  const element = make("div", "photos");
  for (const id of ids) {
    const photo = photoButton(alt);
    show(photo, "/chat/media/" + id + "?thumb", "/chat/media/" + id);
    element.appendChild(photo);
  }
  onlyOrMany(element);
  return element;
}

function onlyOrMany(element) {
  const photos = element.querySelectorAll(".photo");
  for (const photo of photos) photo.classList.toggle("only", photos.length === 1);
}

function photoButton(alt) {
  const button = make("button", "photo");
  button.type = "button";
  button.setAttribute("aria-label", alt + ", bấm để xem to");
  return button;
}

function show(button, small, large) {
  const old = button.querySelector("img, .no-look");
  const image = make("img");
  image.alt = "";
  image.src = small;
  image.addEventListener("load", () => { if (following) toEnd(); });
  image.addEventListener("error", () => image.replaceWith(make("span", "no-look", "Ảnh")));
  if (old) old.replaceWith(image);
  else button.appendChild(image);
  button.onclick = () => {
    const view = document.getElementById("photo-large");
    view.alt = button.getAttribute("aria-label");
    view.src = large;
    showSheet(photoSheet, { closed: () => view.removeAttribute("src") });
  };
}

/** Photos of one album share a bubble: "album.0", "album.1" … */
function drawMyPhoto(line, state) {
  const album = line.id.split(".")[0];
  let holder = albums.get(album);
  if (!holder || !holder.isConnected) {
    const { element, at } = frame(line, "me", "Anh/chị gửi ảnh:");
    holder = element;
    holder.appendChild(make("div", "photos"));
    holder.appendChild(make("p", "foot", clockOf(at)));
    albums.set(album, holder);
    append(holder, true);
  }
  drawn.set(line.id, holder);
  const button = photoButton("Ảnh anh/chị gửi");
  button.dataset.photo = line.id;
  const photos = holder.querySelector(".photos");
  photos.appendChild(button);
  onlyOrMany(photos);
  if (line.photos.length) show(button, "/chat/media/" + line.photos[0] + "?thumb", "/chat/media/" + line.photos[0]);
  else if (line.preview) show(button, line.preview, line.preview);
  if (line.words) photos.after(bubble(line.words));
  mark(holder, state);
  toEnd();
  return holder;
}

function photoOf(id) {
  return log.querySelector('[data-photo="' + id + '"]');
}

/** How far one photo is on its way, 0 to 1. */
export function progress(id, share) {
  const button = photoOf(id);
  if (!button) return;
  let bar = button.querySelector("progress");
  if (!bar) {
    bar = make("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", "Đang gửi ảnh");
    button.appendChild(bar);
  }
  bar.value = share;
}

function mark(element, state) {
  element.classList.toggle("waiting", state === "waiting");
  const foot = element.querySelector(".foot");
  const clock = foot.dataset.clock || foot.textContent;
  foot.dataset.clock = clock;
  foot.textContent = state === "waiting" ? clock + " · đang gửi…" : clock + " · đã gửi";
}

/** The server has this line. */
export function settle(line) {
  const element = drawn.get(line.id);
  if (!element || !element.classList.contains("me")) return;
  const button = photoOf(line.id);
  const bar = button && button.querySelector("progress");
  if (bar) bar.remove();
  if (button && !button.querySelector("img") && line.photos && line.photos.length) {
    show(button, "/chat/media/" + line.photos[0] + "?thumb", "/chat/media/" + line.photos[0]);
  }
  if (!element.querySelector("progress") && !element.classList.contains("failed")) mark(element, "");
}

/** The server will not take this line; `says` tells why, `again` is offered as a button. */
export function fail(id, says, again) {
  const element = drawn.get(id);
  if (!element) return;
  const photo = photoOf(id);
  if (photo) {
    photo.remove();
    onlyOrMany(element.querySelector(".photos"));
    for (const caption of element.querySelectorAll(".bubble")) caption.remove();
  }
  element.classList.remove("waiting");
  element.classList.add("failed");
  const foot = element.querySelector(".foot");
  foot.textContent = says;
  foot.setAttribute("role", "alert");
  if (again && !element.querySelector(".again")) {
    const button = make("button", "again", "Gửi lại");
    button.type = "button";
    button.addEventListener("click", () => {
      element.remove();
      again();
    });
    element.appendChild(button);
  }
  toEnd();
}

/** The three dots while an answer is awaited. */
export function think(on) {
  const stay = following;
  thinking.hidden = !on;
  if (stay) toEnd();
}

talk.addEventListener("scroll", () => {
  following = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 120;
  if (following) down.hidden = true;
});
down.addEventListener("click", toEnd);
// The keyboard, the banner and a growing box take room from the talk: the newest line stays in sight.
const stayAtEnd = () => { if (following) toEnd(); };
if (window.ResizeObserver) new ResizeObserver(stayAtEnd).observe(talk);
else window.addEventListener("resize", stayAtEnd);
photoSheet.addEventListener("click", (event) => { if (event.target.id !== "photo-large") closeSheet(); });
