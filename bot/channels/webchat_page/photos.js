// Photos on their way out: camera or gallery, a tray to look them over, made smaller only when they must be.

import { closeSheet, showSheet } from "./sheets.js";

const limitBytes = Number(document.body.dataset.photoLimitBytes);
const MOST = 20;
const LONG_SIDE_PX = 3000;

const tray = document.getElementById("tray");
const list = document.getElementById("tray-photos");
const sheet = document.getElementById("photo-sheet");

let picked = []; // {file, url}

/** The photos in the tray; taking them empties it. */
export function takePicked() {
  const taken = picked;
  picked = [];
  redraw();
  return taken;
}

export function anyPicked() {
  return picked.length > 0;
}

/** A picture over the server's limit is drawn smaller. That loses its time and place, so only then. */
export async function smallEnough(file) {
  if (file.size <= limitBytes || !window.createImageBitmap) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LONG_SIDE_PX / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob((blob) => done(blob || file), "image/jpeg", 0.88));
  } catch (wrong) {
    return file; // not a picture this browser can draw: the server says what it thinks of it
  }
}

function redraw() {
  list.textContent = "";
  tray.hidden = !picked.length;
  picked.forEach((photo, n) => {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = photo.url;
    image.alt = "Ảnh " + (n + 1);
    image.addEventListener("error", () => {
      const name = document.createElement("span");
      name.className = "no-look";
      name.textContent = photo.file.name;
      image.replaceWith(name);
    });
    const away = document.createElement("button");
    away.type = "button";
    away.setAttribute("aria-label", "Bỏ ảnh " + (n + 1));
    const cross = document.createElement("span");
    cross.textContent = "×";
    away.appendChild(cross);
    away.addEventListener("click", () => {
      URL.revokeObjectURL(photo.url);
      picked = picked.filter((other) => other !== photo);
      redraw();
    });
    item.append(image, away);
    list.appendChild(item);
  });
}

/** Wire the buttons; `changed(tooMany)` is told whenever photos were picked. */
export function watchPhotos(changed) {
  const camera = document.getElementById("camera");
  const gallery = document.getElementById("gallery");
  document.getElementById("open-photos").addEventListener("click", () => showSheet(sheet));
  document.getElementById("pick-camera").addEventListener("click", () => camera.click());
  document.getElementById("pick-gallery").addEventListener("click", () => gallery.click());
  for (const input of [camera, gallery]) {
    input.addEventListener("change", () => {
      const files = Array.from(input.files);
      input.value = "";
      if (!files.length) return;
      const room = Math.max(0, MOST - picked.length);
      for (const file of files.slice(0, room)) picked.push({ file, url: URL.createObjectURL(file) });
      closeSheet();
      redraw();
      changed(files.length > room ? MOST : 0);
    });
  }
}
