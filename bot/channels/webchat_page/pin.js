// The pin: a map that is moved under a needle. Leaflet is fetched only when somebody opens it.
// Without a tile server there is still a grid, a scale, and where the phone says it is.

import { closeSheet, showSheet } from "./sheets.js";

const set = document.body.dataset;
const sheet = document.getElementById("pin-sheet");
const words = document.getElementById("pin-words");
const button = document.getElementById("send-pin");
const mine = document.getElementById("my-place");

const VIETNAM = [16.2, 106.2, 5];
const NEAR_ZOOM = 17;
const GOOD_ZOOM = 13; // from here on a place on a map with tiles means something

let map = null;
let device = null; // {lat, lon, metres}
let dots = [];

function loadLeaflet() {
  if (window.L) return Promise.resolve();
  return new Promise((done, failed) => {
    const look = document.createElement("link");
    look.rel = "stylesheet";
    look.href = set.static + "/leaflet/leaflet.css";
    const code = document.createElement("script");
    code.src = set.static + "/leaflet/leaflet.js";
    code.onload = done;
    code.onerror = () => {
      code.remove();
      failed(new Error("no leaflet"));
    };
    document.head.append(look, code);
  });
}

function backdrop() {
  if (set.tiles) return L.tileLayer(set.tiles, { attribution: set.tileCredit, maxZoom: 19 });
  const Grid = L.GridLayer.extend({
    createTile() {
      return L.DomUtil.create("div", "grid-square");
    },
  });
  return new Grid({ maxZoom: 19, tileSize: 128 });
}

function makeMap() {
  const centre = set.centre ? set.centre.split(",").map(Number) : VIETNAM;
  map = L.map("map", { zoomControl: true, maxZoom: 19, minZoom: 4, zoomSnap: 1 });
  map.attributionControl.setPrefix("");
  if (!set.tiles) map.removeControl(map.attributionControl);
  backdrop().addTo(map);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
  map.setView([centre[0], centre[1]], centre[2]);
  map.on("moveend", describe);
}

/** Whether the place under the needle means anything: the phone said so, or the person found it on a map. */
function meaningful() {
  if (device) return true;
  return Boolean(set.tiles) && map.getZoom() >= GOOD_ZOOM;
}

function describe() {
  const { lat, lng } = map.getCenter();
  button.disabled = !meaningful();
  if (!meaningful()) {
    words.textContent = set.tiles
      ? "Anh/chị phóng to bản đồ tới đúng chỗ, hoặc bấm “Dùng vị trí của tôi”."
      : "Anh/chị bấm “Dùng vị trí của tôi” để em biết đang ở đâu.";
    return;
  }
  const far = device ? Math.round(map.distance([lat, lng], [device.lat, device.lon])) : 0;
  const where = lat.toFixed(5) + ", " + lng.toFixed(5);
  if (device && far <= 2) words.textContent = where + " · đúng chỗ máy đang đứng (sai số khoảng " + Math.max(1, Math.round(device.metres)) + " m)";
  else if (device) words.textContent = where + " · cách chỗ máy đang đứng " + metres(far);
  else words.textContent = where;
}

function metres(far) {
  return far < 1000 ? far + " m" : (far / 1000).toFixed(1).replace(".", ",") + " km";
}

function found(position) {
  const { latitude: lat, longitude: lon, accuracy } = position.coords;
  device = { lat, lon, metres: accuracy };
  for (const dot of dots) dot.remove();
  dots = [
    L.circle([lat, lon], { radius: accuracy, color: "#1769d1", weight: 1, fillOpacity: 0.12, interactive: false }).addTo(map),
    L.circleMarker([lat, lon], { radius: 8, color: "#fff", weight: 3, fillColor: "#1769d1", fillOpacity: 1, interactive: false }).addTo(map),
  ];
  map.setView([lat, lon], NEAR_ZOOM, { animate: false });
  describe();
  mine.disabled = false;
  button.focus();
}

const REASONS = {
  1: "Máy chưa cho phép lấy vị trí. Anh/chị bật quyền vị trí cho trang này, hoặc đóng lại rồi gõ tên thôn, tên đường cũng được.",
  2: "Máy chưa bắt được vị trí. Anh/chị ra chỗ thoáng thử lại, hoặc đóng lại rồi gõ tên thôn, tên đường cũng được.",
  3: "Máy tìm vị trí lâu quá. Anh/chị thử lại, hoặc đóng lại rồi gõ tên thôn, tên đường cũng được.",
};

function askDevice() {
  if (!navigator.geolocation || !window.isSecureContext) {
    words.textContent = REASONS[2];
    return;
  }
  mine.disabled = true;
  words.textContent = "Đang tìm vị trí của máy…";
  navigator.geolocation.getCurrentPosition(
    found,
    (wrong) => {
      mine.disabled = false;
      words.textContent = REASONS[wrong.code] || REASONS[2];
    },
    { enableHighAccuracy: true, timeout: 20000, maximumAge: 15000 },
  );
}

/** Open the map; `chosen({lat, lon})` is told when the person confirms. */
export async function openPin(chosen) {
  button.onclick = () => {
    const { lat, lng } = map.getCenter().wrap();
    closeSheet();
    chosen({ lat: Number(lat.toFixed(6)), lon: Number(lng.toFixed(6)) });
  };
  showSheet(sheet, { focus: mine });
  try {
    await loadLeaflet();
  } catch (wrong) {
    words.textContent = "Chưa mở được bản đồ vì mạng yếu. Anh/chị thử lại, hoặc đóng lại rồi gõ tên thôn, tên đường cũng được.";
    return;
  }
  if (!map) makeMap();
  map.invalidateSize();
  describe();
}

mine.addEventListener("click", () => { if (map) askDevice(); });
