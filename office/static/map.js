// A map of public cases or of pollution points: clusters on a plain grid with a scale, tiles only when set.

(function () {
  "use strict";
  const box = document.getElementById("map");
  if (!box || !window.L) return;

  const VIETNAM = [[8.2, 102.1], [23.4, 109.5]];
  const set = box.dataset;

  function backdrop() {
    if (set.tiles) return L.tileLayer(set.tiles, { attribution: set.credit, maxZoom: 19 });
    const Grid = L.GridLayer.extend({
      createTile() {
        return L.DomUtil.create("div", "grid-square");
      },
    });
    return new Grid({ maxZoom: 19, tileSize: 128 });
  }

  function words(parts) {
    const popup = document.createElement("div");
    for (const [tag, text] of parts) {
      if (!text) continue;
      const line = document.createElement(tag);
      line.textContent = text;
      popup.append(line, document.createElement("br"));
    }
    return popup;
  }

  function point(feature, place) {
    const facts = feature.properties;
    const dot = L.circleMarker(place, {
      radius: 10,
      weight: 2,
      color: "#fff",
      fillColor: facts.open ? "#c2410c" : "#0b5d3a",
      fillOpacity: 1,
    });
    dot.isOpen = facts.open;
    const popup = words([["b", facts.kind_name], ["span", facts.state_name], ["span", facts.words], ["span", facts.village]]);
    if (set.case) {
      const link = document.createElement("a");
      link.href = set.case + encodeURIComponent(facts.code);
      link.textContent = "Xem " + facts.code;
      popup.append(link);
    }
    return dot.bindPopup(popup);
  }

  function cluster(group) {
    const inside = group.getAllChildMarkers();
    const size = inside.length < 10 ? 40 : inside.length < 100 ? 48 : 58;
    const open = inside.some((one) => one.isOpen);
    return L.divIcon({
      html: String(inside.length),
      className: "cluster" + (open ? "" : " calm"),
      iconSize: [size, size],
    });
  }

  const map = L.map(box, { minZoom: 4, maxZoom: 19, scrollWheelZoom: false });
  map.attributionControl.setPrefix("");
  if (!set.tiles) map.removeControl(map.attributionControl);
  backdrop().addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  map.fitBounds(VIETNAM);
  map.once("focus", () => map.scrollWheelZoom.enable());

  fetch(set.feed, { headers: { Accept: "application/geo+json" }, credentials: "same-origin" })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((feed) => {
      const group = L.markerClusterGroup({ iconCreateFunction: cluster, maxClusterRadius: 46, showCoverageOnHover: false, chunkedLoading: true });
      const dots = feed.features
        .filter((one) => one.geometry)
        .map((one) => point(one, [one.geometry.coordinates[1], one.geometry.coordinates[0]]));
      group.addLayers(dots);
      map.addLayer(group);
      if (dots.length) map.fitBounds(group.getBounds().pad(0.15), { maxZoom: 16 });
      box.dataset.points = String(dots.length);
    })
    .catch(() => {
      box.dataset.points = "";
      const sorry = document.createElement("p");
      sorry.textContent = "Chưa tải được bản đồ; danh sách dưới có đủ.";
      box.after(sorry);
    });
})();
