// The chat page: shows what is new every second, and does what the citizen does.
import { bubble, element } from "./bubbles.js";
import { Times } from "./times.js";
import { startTools } from "./tools.js";

const EVERY = 1000;
const room = document.getElementById("room");
const words = room.dataset;
const here = `${words.prefix}/chats/${encodeURIComponent(words.openid)}`;
const account = `account=${encodeURIComponent(words.account)}`;
const byId = (id) => document.getElementById(id);
const talk = byId("talk");
const text = byId("text");
const times = new Times(words.language, words.yesterday);
const current = document.querySelector(".person[aria-current] .avatar");
const acts = { view, choose, tint: current ? current.classList[1] : "tint-3" };
let last = 0;
let polling = null;
let isAtEnd = true;

function warn(message) {
  byId("alert").textContent = message;
  byId("alert").hidden = !message;
}

async function post(act, body) {
  const isForm = body instanceof FormData;
  const headers = isForm ? {} : { "Content-Type": "application/json" };
  try {
    const answer = await fetch(`${here}/${act}?${account}`, { method: "POST", headers, body: isForm ? body : JSON.stringify(body ?? {}) });
    warn(answer.ok ? "" : isForm ? words.badFile : words.notSent);
    await poll();
    return answer.ok;
  } catch {
    warn(words.notSent);
    return false;
  }
}

function poll() {
  polling ??= refresh().finally(() => { polling = null; });
  return polling;
}

async function refresh() {
  const answer = await fetch(`${here}?after=${last}&${account}`);
  if (!answer.ok) throw new Error(String(answer.status));
  const news = await answer.json();
  if (news.last < last) location.reload();
  const now = new Date(news.now);
  append(news.entries.filter((entry) => entry.id > last), now);
  showFrame(news, now);
  if (byId("alert").textContent === words.offline) warn("");
}

function append(entries, now) {
  if (!entries.length) return;
  const isFirst = !last;
  const mine = entries.some((entry) => entry.from === "citizen");
  for (const entry of entries) {
    const shown = bubble(entry, words, acts);
    if (!shown) continue;
    const separator = times.separator(new Date(entry.at), now);
    if (separator) talk.append(element("p", "when", separator));
    talk.append(shown);
  }
  last = entries.at(-1).id;
  if (isFirst || isAtEnd || mine) toEnd();
}

function toEnd() {
  isAtEnd = true;
  talk.scrollTop = talk.scrollHeight;
}

function showFrame(news, now) {
  byId("title").textContent = news.typing ? words.typing : words.accountName;
  byId("foot").hidden = !news.following;
  byId("follow-foot").hidden = news.following;
  byId("unfollow").hidden = !news.following;
  byId("left").textContent = news.left;
  byId("now").textContent = times.full.format(now);
  byId("now").dateTime = news.now;
  showUnread(news.chats);
  if (String(news.menu_id) !== words.menu && !text.value) location.reload();
}

function seenKey(openid) {
  return `sandbox-seen:${words.account}:${openid}`;
}

function showUnread(chats) {
  let total = 0;
  for (const [openid, held] of Object.entries(chats)) {
    if (openid === words.openid) localStorage.setItem(seenKey(openid), held.last);
    const seen = Math.min(Number(localStorage.getItem(seenKey(openid)) ?? 0), held.last);
    const unread = held.received.filter((id) => id > seen).length;
    const person = [...document.querySelectorAll(".person")].find((one) => one.dataset.openid === openid);
    const badge = person?.querySelector(".badge");
    if (badge) badge.textContent = unread > 99 ? "99+" : unread;
    if (badge) badge.hidden = !unread;
    total += unread;
  }
  byId("unread-total").textContent = total;
  byId("unread-total").hidden = !total;
}

function view(address) {
  byId("viewer").querySelector("img").src = address;
  byId("viewer").showModal();
}

function choose(choice) {
  post("text", { text: choice.content, menu_id: choice.id });
}

async function sendText() {
  const said = text.value.trim();
  if (!said) return;
  text.value = "";
  showSend();
  if (!(await post("text", { text: said })) && !text.value) text.value = said;
  showSend();
}

function showSend() {
  byId("send").hidden = !text.value.trim();
  byId("plus").hidden = !byId("send").hidden;
}

function showExtras(isShown) {
  byId("extras").hidden = !isShown;
  byId("plus").setAttribute("aria-expanded", String(isShown));
  toEnd();
}

// How long a recording is; a format that the browser does not know gives no answer.
function secondsOf(file) {
  return new Promise((resolve) => {
    const audio = new Audio(URL.createObjectURL(file));
    const done = (seconds) => { URL.revokeObjectURL(audio.src); resolve(seconds); };
    audio.addEventListener("loadedmetadata", () => done(Number.isFinite(audio.duration) ? Math.max(1, Math.round(audio.duration)) : 0));
    audio.addEventListener("error", () => done(0));
  });
}

async function sendFile(chosen) {
  const [file] = chosen.files;
  if (!file) return;
  const form = new FormData();
  if (chosen.dataset.kind === "voice") form.append("seconds", await secondsOf(file));
  form.append("file", file);
  chosen.value = "";
  showExtras(false);
  await post(chosen.dataset.kind, form);
}

function tapMenu(button) {
  button.closest("details")?.removeAttribute("open");
  const { type, key, url } = button.dataset;
  if (type === "view" || type === "miniprogram") {
    window.open(url, "_blank", "noopener");
    post("view", { url });
  } else if (key) {
    post("click", { key });
  }
}

function start() {
  byId("write").addEventListener("submit", (event) => { event.preventDefault(); sendText(); });
  text.addEventListener("input", showSend);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    sendText();
  });
  for (const chip of document.querySelectorAll(".chip")) {
    chip.addEventListener("click", () => { text.value = chip.textContent; showSend(); text.focus(); });
  }
  byId("plus").addEventListener("click", () => showExtras(byId("extras").hidden));
  byId("place").addEventListener("click", () => { byId("place-form").hidden = !byId("place-form").hidden; toEnd(); });
  byId("place-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { label, latitude, longitude } = Object.fromEntries(new FormData(event.target));
    showExtras(false);
    post("location", { label, latitude: Number(latitude), longitude: Number(longitude) });
  });
  for (const chosen of document.querySelectorAll("input[data-kind]")) chosen.addEventListener("change", () => sendFile(chosen));
  for (const button of document.querySelectorAll(".menu button")) button.addEventListener("click", () => tapMenu(button));
  for (const button of document.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => { button.closest("details")?.removeAttribute("open"); post(button.dataset.act); });
  }
  byId("unfollow").addEventListener("click", (event) => { event.target.closest("details").removeAttribute("open"); post("unfollow"); });
  byId("viewer").addEventListener("click", () => byId("viewer").close());
  talk.addEventListener("scroll", () => { isAtEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 160; });
  talk.addEventListener("load", () => { if (isAtEnd) toEnd(); }, true);  // a picture has its height only now
  startTools({ prefix: words.prefix, post, poll, warn, notSent: words.notSent });
  const tick = () => poll().catch(() => warn(words.offline)).finally(() => setTimeout(tick, EVERY));
  tick();
}

start();
