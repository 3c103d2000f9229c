// Small comforts; every page works without them.
"use strict";

// The token of the session's forms goes with htmx's requests too.
document.addEventListener("htmx:configRequest", (event) => {
  const field = document.querySelector("input[name=csrf]");
  if (field) event.detail.headers["X-CSRF-Token"] = field.value;
});

// An answer being written is kept on the server two seconds after the last key.
for (const area of document.querySelectorAll("textarea[data-draft]")) {
  let timer = 0;
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const body = new URLSearchParams({ csrf: document.querySelector("input[name=csrf]").value, body: area.value });
      fetch(area.dataset.draft, { method: "POST", body, redirect: "manual" });
    }, 2000);
  });
}

// Words selected in the original go to the list of what is to be masked.
const also = document.getElementById("also");
for (const text of document.querySelectorAll("[data-select]")) {
  text.addEventListener("mouseup", () => {
    const chosen = String(document.getSelection()).trim();
    if (also && chosen && chosen.length <= 60 && !also.value.split("\n").includes(chosen)) {
      also.value = [also.value, chosen].filter(Boolean).join("\n");
    }
  });
}

// Triage by keyboard: j and k move, 1 2 3 assign to a candidate, o opens.
const cards = [...document.querySelectorAll(".triage > .card")];
let at = -1;
document.addEventListener("keydown", (event) => {
  if (!cards.length || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, select, textarea")) return;
  if (event.key === "j" || event.key === "k") {
    at = Math.max(0, Math.min(cards.length - 1, at + (event.key === "j" ? 1 : -1)));
    cards.forEach((card, index) => card.classList.toggle("at", index === at));
    cards[at].scrollIntoView({ block: "center" });
  } else if (at >= 0 && event.key === "o") {
    cards[at].querySelector(".line a").click();
  } else if (at >= 0) {
    cards[at].querySelector(`button[data-key="${CSS.escape(event.key)}"]`)?.click();
  }
});

// A supporting department's share goes into the answer by one tap.
for (const button of document.querySelectorAll("button[data-insert]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const area = document.querySelector(button.dataset.insert);
    area.value = [area.value.trimEnd(), button.parentElement.querySelector("p").textContent].filter(Boolean).join("\n\n");
    area.dispatchEvent(new Event("input"));
    area.focus();
  });
}
