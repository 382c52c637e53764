// The page's own conversation: restore, greet, say, hear. Drawing is lines.js, sending outbox.js, the wire wire.js.

import * as lines from "./lines.js";
import { newId, Outbox } from "./outbox.js";
import { anyPicked, smallEnough, takePicked, watchPhotos } from "./photos.js";
import { openPin } from "./pin.js";
import { closeSheet, showSheet } from "./sheets.js";
import { history, listen, NoAnswer } from "./wire.js";

const THINK_MS = 8000; // an answer that takes longer is not worth dots
const LOOK_MS = 2500; // some networks hold a stream back: look once by hand
const ONE_LINE_EM = 3.2; // one line with its padding is less than this, two lines are more
const byId = (id) => document.getElementById(id);
const words = byId("words");
const log = byId("log");
const previews = new Map(); // photo id → its object URL

let stream = null;
let answered = false; // whether the bot spoke since the last send began: its words may overtake the receipt
let thinkTimer = null;
let lookTimer = null;

// --- the banner -----------------------------------------------------------------------------

const troubles = { send: "", stream: "", note: "" };
const LOST = "Mất mạng rồi ạ. Anh/chị cứ nhắn, em giữ lại và tự gửi khi có mạng.";
let lostTimer = null;

function banner(kind, says) {
  troubles[kind] = says;
  const text = troubles.send || troubles.stream || troubles.note;
  byId("banner").hidden = !text;
  byId("banner").textContent = text;
}

function note(says) {
  banner("note", says);
  setTimeout(() => banner("note", ""), 6000);
}

function streamState(up) {
  clearTimeout(lostTimer);
  if (up) banner("stream", "");
  else lostTimer = setTimeout(() => banner("stream", LOST), 4000); // a short gap is nobody's business
}

// --- hearing --------------------------------------------------------------------------------

function awaitAnswer() {
  lines.think(true);
  clearTimeout(thinkTimer);
  clearTimeout(lookTimer);
  thinkTimer = setTimeout(() => lines.think(false), THINK_MS);
  lookTimer = setTimeout(() => stream && stream.catchUp(), LOOK_MS);
}

function hear(line) {
  if (line.who === "bot" && !lines.isDrawn(line.id)) {
    answered = true;
    clearTimeout(thinkTimer);
    clearTimeout(lookTimer);
    lines.think(false);
  }
  lines.draw(line);
}

// --- saying ---------------------------------------------------------------------------------

const outbox = new Outbox({
  waiting: (entry) => lines.drawMine(asLine(entry), "waiting"),
  sending: () => { answered = false; },
  progress: (entry, share) => lines.progress(entry.id, share),
  sent: (entry) => {
    lines.settle(asLine(entry));
    if (!answered) awaitAnswer();
  },
  refused,
  connection: (up, says) => banner("send", up ? "" : says || LOST),
});

function asLine(entry) {
  const line = { id: entry.id, who: "me", at: entry.at, words: entry.text || "", token: entry.token, place: entry.place };
  if (!entry.photo) return line;
  if (!previews.has(entry.id)) previews.set(entry.id, URL.createObjectURL(entry.photo.file));
  return { ...line, photos: [], preview: previews.get(entry.id), words: entry.photo.caption };
}

function refused(entry, says) {
  if (!entry.photo) return lines.fail(entry.id, says, () => outbox.put({ ...entry, id: newId() }));
  lines.fail(entry.id, says, null);
  if (entry.photo.caption) sayText(entry.photo.caption); // the words are not lost with the picture
  return undefined;
}

function sayText(text) {
  return outbox.put({ id: newId(), text });
}

async function sayPhotos(picked, caption) {
  const album = newId();
  for (let n = 0; n < picked.length; n += 1) {
    const file = await smallEnough(picked[n].file);
    const photo = { album, n, caption: n ? "" : caption, file, name: picked[n].file.name };
    previews.set(album + "." + n, picked[n].url);
    await outbox.put({ id: album + "." + n, photo });
  }
}

/** The box grows with the words; from the second line on it gets the whole width. */
function grow() {
  words.style.height = "auto";
  const form = byId("say");
  if (!words.value) form.classList.remove("wide");
  else if (words.scrollHeight > ONE_LINE_EM * parseFloat(getComputedStyle(words).fontSize)) form.classList.add("wide");
  words.style.height = words.scrollHeight + 4 + "px";
}

function submit(event) {
  if (event) event.preventDefault();
  const text = words.value.trim();
  if (!text && !anyPicked()) {
    words.focus();
    return;
  }
  words.value = "";
  grow();
  if (anyPicked()) sayPhotos(takePicked(), text);
  else sayText(text);
}

// --- codes ----------------------------------------------------------------------------------

/** The code as people copy it ("hd7k-3f9q", "HD7K 3F9Q"), or "" when it cannot be one. */
function cleanCode(typed) {
  const code = typed.toUpperCase().replace(/[\s.\-–]+/g, "");
  return /^[0-9A-Z_]{4,32}$/.test(code) ? code : "";
}

/** The code of an invitation link (?ma=… or #ma=…), taken out of the address so that a reload does not repeat it. */
function codeInAddress() {
  const found = /[?#&]ma=([^&#]+)/.exec(location.search + location.hash);
  if (!found) return "";
  window.history.replaceState(null, "", location.pathname);
  try {
    return cleanCode(decodeURIComponent(found[1]));
  } catch (wrong) {
    return "";
  }
}

function submitCode(event) {
  event.preventDefault();
  const code = cleanCode(byId("code").value);
  byId("code-wrong").textContent = code ? "" : "Mã này chưa đúng: mã chỉ có chữ và số, ít nhất 4 ký tự. Anh/chị xem lại giúp em nhé.";
  if (!code) return byId("code").focus();
  byId("code").value = "";
  closeSheet();
  words.focus();
  return sayText("/start " + code);
}

// --- the page -------------------------------------------------------------------------------

function wireButtons() {
  lines.whenTapped((token) => outbox.put({ id: newId(), token }), () => openPin((place) => outbox.put({ id: newId(), place })));
  byId("say").addEventListener("submit", submit);
  words.addEventListener("input", grow);
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) submit(event);
  });
  watchPhotos((most) => {
    if (most) note("Mỗi lần em nhận nhiều nhất " + most + " ảnh, em giữ " + most + " ảnh đầu.");
    byId("send").focus();
  });
  byId("open-pin").addEventListener("click", () => openPin((place) => outbox.put({ id: newId(), place })));
  byId("open-menu").addEventListener("click", () => showSheet(byId("menu")));
  byId("open-code").addEventListener("click", () => showSheet(byId("code-sheet"), { focus: byId("code") }));
  byId("code-form").addEventListener("submit", submitCode);
  byId("ask-help").addEventListener("click", () => {
    closeSheet();
    sayText("giúp");
  });
  byId("bigger").addEventListener("click", () => bigger(!document.documentElement.classList.contains("bigger")));
}

function bigger(on) {
  document.documentElement.classList.toggle("bigger", on);
  byId("bigger").setAttribute("aria-pressed", String(on));
  try {
    localStorage.setItem("bigger", on ? "yes" : "");
  } catch (wrong) {
    // private windows may forget it
  }
  lines.toEnd();
}

function remembered(key) {
  try {
    return localStorage.getItem(key);
  } catch (wrong) {
    return null;
  }
}

/** The history, asked for until it comes: nothing else makes sense before it. */
async function firstHistory() {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 30000)) {
    try {
      const known = await history();
      banner("stream", "");
      return known;
    } catch (wrong) {
      banner("stream", wrong instanceof NoAnswer ? LOST : wrong.says || LOST);
    }
    await new Promise((done) => setTimeout(done, pause));
  }
}

async function begin() {
  const code = codeInAddress();
  bigger(remembered("bigger") === "yes");
  wireButtons();
  log.setAttribute("aria-busy", "true"); // a screen reader need not read a hundred old lines
  const [known, waiting] = await Promise.all([firstHistory(), outbox.restore()]);
  known.lines.forEach(lines.draw);
  for (const entry of waiting) if (!lines.isDrawn(entry.id)) lines.drawMine(asLine(entry), "waiting");
  log.removeAttribute("aria-busy");
  lines.toEnd();
  stream = listen(known.cursor, hear, streamState);
  outbox.run();
  if (code) sayText("/start " + code);
  else if (!known.lines.length && !waiting.length) sayText("/start");
}

begin();
