// Drawing boxes over faces and number plates, by finger or mouse; the server draws the covered copy.

(function () {
  "use strict";
  const frame = document.getElementById("cover");
  const picture = document.getElementById("picture");
  const field = document.getElementById("boxes");
  const count = document.getElementById("count");
  const boxes = [];
  let start = null;
  let drawn = null;

  const share = (event) => {
    const area = picture.getBoundingClientRect();
    const within = (part, whole) => Math.min(1, Math.max(0, part / whole));
    return [within(event.clientX - area.left, area.width), within(event.clientY - area.top, area.height)];
  };

  function lay(box, element) {
    element.style.left = box[0] * 100 + "%";
    element.style.top = box[1] * 100 + "%";
    element.style.width = (box[2] - box[0]) * 100 + "%";
    element.style.height = (box[3] - box[1]) * 100 + "%";
  }

  function write() {
    field.value = JSON.stringify(boxes.map((one) => one.box));
    count.textContent = boxes.length ? boxes.length + " chỗ sẽ được che." : "Chưa khoanh chỗ nào.";
  }

  function remove(one) {
    boxes.splice(boxes.indexOf(one), 1);
    one.element.remove();
    write();
  }

  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.classList.contains("box")) return;
    event.preventDefault();
    start = share(event);
    drawn = document.createElement("button");
    drawn.type = "button";
    drawn.className = "box";
    drawn.setAttribute("aria-label", "Bỏ ô che này");
    frame.append(drawn);
    frame.setPointerCapture(event.pointerId);
  });

  frame.addEventListener("pointermove", (event) => {
    if (!start) return;
    lay(between(start, share(event)), drawn);
  });

  const between = (one, other) => [
    Math.min(one[0], other[0]), Math.min(one[1], other[1]), Math.max(one[0], other[0]), Math.max(one[1], other[1]),
  ];

  function end(event) {
    if (!start) return;
    const box = between(start, share(event));
    const element = drawn;
    start = null;
    drawn = null;
    if (box[2] - box[0] < 0.008 || box[3] - box[1] < 0.008 || boxes.length >= 40) {
      element.remove();
      return;
    }
    lay(box, element);
    const one = { box, element };
    boxes.push(one);
    element.addEventListener("click", () => remove(one));
    write();
  }

  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
  document.getElementById("undo").addEventListener("click", () => {
    if (boxes.length) remove(boxes[boxes.length - 1]);
  });
})();
