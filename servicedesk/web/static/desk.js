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

// A supporting department's share, or an answer to the like of it, goes into the answer by one tap.
const offerInserting = () => {
  for (const button of document.querySelectorAll("button[data-insert]")) button.hidden = !document.querySelector(button.dataset.insert);
};
document.addEventListener("htmx:afterSettle", offerInserting);
offerInserting();
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-insert]");
  if (!button) return;
  const area = document.querySelector(button.dataset.insert);
  area.value = [area.value.trimEnd(), button.parentElement.querySelector("p").textContent].filter(Boolean).join("\n\n");
  area.dispatchEvent(new Event("input"));
  area.focus();
});

// The board. Its stream says when something has changed; without one it is looked at every ten seconds.
const board = document.getElementById("board");
if (board) {
  let stream = null, triedAt = 0, lookedAt = Date.now(), changed = false, busy = false, ahead = 0;
  const open = () => Boolean(stream) && stream.readyState === 1;

  const follow = () => {
    if (!window.EventSource || (stream && stream.readyState !== 2) || Date.now() - triedAt < 60000) return;
    triedAt = Date.now();
    stream = new EventSource(board.dataset.events);
    let first = true;
    stream.addEventListener("open", () => { changed = changed || !first; first = false; });
    stream.addEventListener("changed", () => { changed = true; turn(); });
  };
  const readClock = () => {
    const at = board.querySelector("[data-now]");
    ahead = at ? Date.parse(at.dataset.now) - Date.now() : 0;
  };
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => {
    for (const each of board.querySelectorAll("time[data-due]")) {
      const left = Math.trunc((Date.parse(each.dateTime) - Date.now() - ahead) / 1000);
      const late = each.parentElement.classList.contains("late");
      if (left <= 0 && !late) changed = true;
      const seconds = late ? Math.max(0, -left) : Math.max(0, left);
      const days = Math.floor(seconds / 86400);
      each.textContent = (days ? `${board.dataset.days.replace("#", days)} ` : "") +
        `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    }
  };
  const turn = () => {
    const age = Date.now() - lookedAt;
    if (busy || document.hidden || age < 1000 || !(changed || age >= (open() ? 60000 : 10000))) return;
    changed = false;
    lookedAt = Date.now();
    htmx.trigger(board, "refresh");
  };

  board.addEventListener("htmx:beforeRequest", () => { busy = true; });
  board.addEventListener("htmx:afterRequest", () => { busy = false; });
  // Where the session has ended the answer is the login page: go there rather than show it inside.
  board.addEventListener("htmx:beforeSwap", (event) => {
    if (new URL(event.detail.xhr.responseURL || location.href).pathname === "/board") return;
    event.detail.shouldSwap = false;
    location.reload();
  });
  // Lists that were scrolled stay where they were.
  const places = new Map();
  board.addEventListener("htmx:beforeSwap", () => {
    places.clear();
    for (const list of board.querySelectorAll("[id^=list-], #steps")) places.set(list.id, [list.scrollTop, list.scrollLeft]);
  });
  board.addEventListener("htmx:afterSwap", () => {
    readClock();
    tick();
    for (const [id, [top, left]] of places) document.getElementById(id)?.scrollTo(left, top);
  });
  document.addEventListener("visibilitychange", turn);
  window.addEventListener("pagehide", () => stream && stream.close());
  readClock();
  tick();
  follow();
  setInterval(() => { follow(); tick(); turn(); }, 1000);
}
