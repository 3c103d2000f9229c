// Covering parts of a picture: rectangles drawn by mouse, finger or keyboard, kept in the form's number fields.
"use strict";

(() => {
  const form = document.querySelector("form.cover");
  if (!form) return;
  const WHOLE = 10000; // a side of the picture: hundredths of a percent, as the server counts
  const LEAST = 60;
  const SVG = "http://www.w3.org/2000/svg";
  const SIDES = ["left", "top", "width", "height"];
  const picture = form.querySelector("#picture");
  const list = form.querySelector(".numbers ol");
  const blank = form.querySelector("template");
  const nothing = form.elements.nothing;
  const status = form.querySelector("[role=status]");
  const button = (name) => form.querySelector(`[data-do=${name}]`);
  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

  let blocks = read();
  let chosen = -1;
  let drag = null;
  const past = [];

  const sheet = document.createElementNS(SVG, "svg");
  sheet.setAttribute("viewBox", `0 0 ${WHOLE} ${WHOLE}`);
  sheet.setAttribute("preserveAspectRatio", "none");
  form.querySelector(".easel").append(sheet);
  form.querySelector(".tools").hidden = form.querySelector(".keys").hidden = false;
  form.querySelector(".numbers").open = false;
  picture.addEventListener("error", unreadable);
  if (picture.complete && !picture.naturalWidth) unreadable();
  write();
  draw();

  function unreadable() {
    const words = document.createElement("p");
    words.className = "problem";
    words.setAttribute("role", "alert");
    words.textContent = form.dataset.unreadable;
    form.querySelector(".easel").replaceWith(words);
    form.querySelector(".tools").hidden = true;
    form.querySelector("button.primary").disabled = true;
  }

  // -- the fields of the form are what is sent; blocks are the same in numbers

  function read() {
    const rows = [...list.children].map((row) => SIDES.map((side) => row.querySelector(`[name=${side}]`).value.trim()));
    return rows
      .filter((row) => row.every((value) => value !== "" && !Number.isNaN(Number(value))))
      .map((row) => row.map((value) => Math.round(Number(value) * 100)));
  }

  function write() {
    list.replaceChildren(
      ...blocks.map((block) => {
        const row = blank.content.firstElementChild.cloneNode(true);
        SIDES.forEach((side, index) => { row.querySelector(`[name=${side}]`).value = String(block[index] / 100); });
        return row;
      }),
    );
  }

  list.addEventListener("change", () => { remember(); blocks = read(); chosen = -1; draw(); });

  // -- what can be undone

  function remember() {
    past.push(JSON.stringify(blocks));
    if (past.length > 100) past.shift();
  }

  function undo() {
    if (!past.length) return;
    blocks = JSON.parse(past.pop());
    chosen = clamp(chosen, -1, blocks.length - 1);
    changed();
    say(form.dataset.undone);
  }

  function say(words, number) { status.textContent = words.replace("#", number); }

  function changed() {
    if (blocks.length) nothing.checked = false;
    write();
    draw();
  }

  function add() {
    remember();
    // Beside the last one, so that two new ones do not lie on each other.
    const shift = (blocks.length % 6) * 400;
    blocks.push([3000 + shift, 3000 + shift, 2000, 2000]);
    chosen = blocks.length - 1;
    changed();
    focus();
    say(form.dataset.added, blocks.length);
  }

  function remove() {
    if (chosen < 0) return;
    remember();
    const number = chosen + 1;
    blocks.splice(chosen, 1);
    chosen = Math.min(chosen, blocks.length - 1);
    changed();
    if (chosen >= 0) focus(); else button("add").focus();
    say(form.dataset.removed, number);
  }

  function focus() { sheet.querySelector(`[data-block="${chosen}"]`)?.focus({ preventScroll: true }); }

  // -- drawing

  function shape(block, name) {
    const made = document.createElementNS(SVG, "rect");
    ["x", "y", "width", "height"].forEach((side, index) => made.setAttribute(side, block[index]));
    made.setAttribute("class", name);
    return made;
  }

  function draw() {
    const focused = sheet.contains(document.activeElement);
    sheet.replaceChildren();
    blocks.forEach((block, index) => {
      const made = shape(block, index === chosen ? "block chosen" : "block");
      made.dataset.block = index;
      made.setAttribute("tabindex", "0");
      made.setAttribute("role", "button");
      made.setAttribute("aria-label", form.dataset.name.replace("#", index + 1));
      sheet.append(made);
    });
    if (chosen >= 0) corners(blocks[chosen]);
    if (focused && chosen >= 0) focus();
    button("remove").disabled = chosen < 0;
    button("undo").disabled = !past.length;
    const count = form.querySelector("[data-count]");
    count.textContent = blocks.length ? count.dataset.count.replace("#", blocks.length) : "";
  }

  function corners(block) {
    const box = sheet.getBoundingClientRect();
    if (!box.width) return;
    // A mark for the eye, and a hold for fingers, which reaches outwards so that a small block can still be moved.
    const around = (x, y, pixels, name) => {
      const wide = (pixels / box.width) * WHOLE, high = (pixels / box.height) * WHOLE;
      return shape([x - wide / 2, y - high / 2, wide, high], name);
    };
    const out = [(9 / box.width) * WHOLE, (9 / box.height) * WHOLE];
    for (const [right, bottom] of [[0, 0], [1, 0], [0, 1], [1, 1]]) {
      const x = block[0] + right * block[2], y = block[1] + bottom * block[3];
      const hold = around(x + (right * 2 - 1) * out[0], y + (bottom * 2 - 1) * out[1], 26, "corner");
      hold.dataset.corner = `${right}${bottom}`;
      sheet.append(hold, around(x, y, 9, "mark-corner"));
    }
  }

  // -- mouse and finger

  function place(event) {
    const box = sheet.getBoundingClientRect();
    return [
      Math.round(clamp((event.clientX - box.left) / box.width, 0, 1) * WHOLE),
      Math.round(clamp((event.clientY - box.top) / box.height, 0, 1) * WHOLE),
    ];
  }

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || drag) return;
    event.preventDefault();
    const { block, corner } = event.target.dataset;
    const [x, y] = place(event);
    const before = JSON.stringify(blocks);
    if (corner !== undefined) {
      const [left, top, width, height] = blocks[chosen];
      drag = { before, fixed: [corner[0] === "1" ? left : left + width, corner[1] === "1" ? top : top + height] };
    } else if (block !== undefined) {
      chosen = Number(block);
      drag = { before, grip: [x - blocks[chosen][0], y - blocks[chosen][1]] };
    } else {
      blocks.push([x, y, 0, 0]);
      chosen = blocks.length - 1;
      drag = { before, fixed: [x, y], fresh: true };
    }
    drag.pointer = event.pointerId;
    sheet.setPointerCapture(event.pointerId);
    draw();
    focus();
  });

  sheet.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const [x, y] = place(event), block = blocks[chosen];
    if (drag.fixed) {
      block[0] = Math.min(x, drag.fixed[0]);
      block[1] = Math.min(y, drag.fixed[1]);
      block[2] = Math.abs(x - drag.fixed[0]);
      block[3] = Math.abs(y - drag.fixed[1]);
    } else {
      block[0] = clamp(x - drag.grip[0], 0, WHOLE - block[2]);
      block[1] = clamp(y - drag.grip[1], 0, WHOLE - block[3]);
    }
    draw();
  });

  function end(event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    const { before, fresh } = drag;
    drag = null;
    const block = blocks[chosen];
    if (fresh && (event.type === "pointercancel" || block[2] < LEAST || block[3] < LEAST)) {
      blocks = JSON.parse(before); // a tap draws nothing
      chosen = -1;
    } else {
      block[2] = Math.max(block[2], LEAST);
      block[3] = Math.max(block[3], LEAST);
    }
    if (JSON.stringify(blocks) !== before) {
      past.push(before);
      if (fresh) say(form.dataset.added, blocks.length);
    }
    changed();
    if (chosen >= 0) focus();
  }
  sheet.addEventListener("pointerup", end);
  sheet.addEventListener("pointercancel", end);

  // -- keyboard

  sheet.addEventListener("focusin", (event) => {
    const index = Number(event.target.dataset.block ?? -1);
    if (index >= 0 && index !== chosen) { chosen = index; draw(); }
  });

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") { event.preventDefault(); undo(); return; }
    if (event.ctrlKey || event.metaKey) return;
    if (event.key.toLowerCase() === "n" && !event.altKey) { event.preventDefault(); add(); return; }
    if (chosen < 0 || !sheet.contains(document.activeElement)) return;
    if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); remove(); return; }
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    if (!event.repeat) remember(); // a key that is held is one step to undo
    const step = event.altKey ? 10 : 100, block = blocks[chosen], at = event.shiftKey ? 2 : 0;
    arrow.forEach((way, axis) => {
      const [least, most] = at ? [LEAST, WHOLE - block[axis]] : [0, WHOLE - block[axis + 2]];
      block[at + axis] = clamp(block[at + axis] + way * step, least, most);
    });
    changed();
  });

  button("add").addEventListener("click", add);
  button("remove").addEventListener("click", remove);
  button("undo").addEventListener("click", undo);
  nothing.addEventListener("change", () => {
    if (nothing.checked && blocks.length) { remember(); blocks = []; chosen = -1; changed(); }
  });
  addEventListener("resize", draw);
  picture.addEventListener("load", draw);
})();
