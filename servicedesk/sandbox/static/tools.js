// People and tools beside the phone: folding, the clock, faults, scanning, the language.
const NARROW = "(max-width: 1079px)";

function fold() {
  const narrow = matchMedia(NARROW);
  const sides = [...document.querySelectorAll(".side")];
  const settle = () => sides.forEach((side) => { side.open = !narrow.matches; });
  narrow.addEventListener("change", settle);
  settle();
  for (const side of sides) {
    side.addEventListener("toggle", () => {
      if (!narrow.matches) side.open = true;
      else if (side.open) sides.forEach((other) => { other.open = other === side; });
    });
  }
  document.querySelector(".phone").addEventListener("pointerdown", () => { if (narrow.matches) settle(); });
}

function closeOthers() {
  const small = [...document.querySelectorAll(".menu-item, .more")].filter((one) => one.tagName === "DETAILS");
  document.addEventListener("click", (event) => {
    for (const one of small) if (!one.contains(event.target)) one.removeAttribute("open");
  });
}

function showFaults({ faults }) {
  const on = new Set(faults.map((one) => one.fault));
  for (const button of document.querySelectorAll("[data-fault][aria-pressed]")) {
    button.setAttribute("aria-pressed", String(on.has(button.dataset.fault)));
  }
}

export function startTools({ prefix, post, poll, warn, notSent }) {
  const ask = async (path, method, body) => {
    const answer = await fetch(`${prefix}/${path}`, { method, headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const quietly = (work) => work.catch(() => warn(notSent));
  fold();
  closeOthers();
  for (const button of document.querySelectorAll("[data-move]")) {
    button.addEventListener("click", () => quietly(ask("clock", "POST", { by: button.dataset.move }).then(poll)));
  }
  for (const button of document.querySelectorAll("[data-fault]")) {
    button.addEventListener("click", () => quietly(ask("faults", "POST", { fault: button.dataset.fault }).then(showFaults)));
  }
  document.getElementById("no-faults").addEventListener("click", () => quietly(ask("faults", "DELETE").then(showFaults)));
  quietly(ask("faults", "GET").then(showFaults));
  document.getElementById("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    post("scan", { key: event.target.elements.key.value });
    event.target.reset();
  });
  for (const button of document.querySelectorAll("button[data-language]")) {
    button.addEventListener("click", () => {
      document.cookie = `lang=${button.dataset.language}; path=/; max-age=31536000; samesite=lax`;
      location.reload();
    });
  }
}
