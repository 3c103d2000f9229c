// An entry of a chat as DOM nodes. Everything said is put in as text, never as HTML.
const SVG = "http://www.w3.org/2000/svg";
const LINKS = /<a\s[^<>]*?href\s*=\s*["']?(https?:\/\/[^"'\s<>]+)["']?[^<>]*>([^<]*)<\/a>|(https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+)/gi;
const MAP = ["M0 78L90 52 180 70 260 38", "M58 0L84 104", "M168 0L150 104", "M0 22L260 12"];

export function element(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((one) => one !== ""));
  return made;
}

// A picture of the desk is on this server even when its address was made for another name of this computer.
function nearby(address) {
  try {
    const url = new URL(address, location.href);
    const isLoopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
    return isLoopback && url.port === location.port ? url.pathname + url.search : url.href;
  } catch {
    return "";
  }
}

function link(address, className = "", ...children) {
  const made = element("a", className, ...children);
  if (/^https?:\/\//i.test(address)) {
    made.href = address;
    made.target = "_blank";
    made.rel = "noopener";
  }
  return made;
}

function withLinks(text) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(LINKS)) {
    const address = found[1] ?? found[3].replace(/[.,;:!?)\]']+$/, "");
    nodes.push(text.slice(end, found.index), link(address, "", found[2] ?? address));
    end = found.index + (found[1] ? found[0].length : address.length);
  }
  nodes.push(text.slice(end));
  return nodes;
}

function svg(className, viewBox, paths) {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", className);
  made.setAttribute("viewBox", viewBox);
  made.setAttribute("aria-hidden", "true");
  for (const [d, attributes] of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    for (const [name, value] of Object.entries(attributes ?? {})) path.setAttribute(name, value);
    made.append(path);
  }
  return made;
}

function cover(address) {
  const made = element("img", "cover");
  made.alt = "";
  made.loading = "lazy";
  const blank = () => made.replaceWith(element("span", "cover"));
  made.addEventListener("error", blank, { once: true });
  made.src = nearby(address);
  return address ? made : element("span", "cover");
}

function articles(entry) {
  const [first, ...others] = entry.articles;
  const words = element("span", "words", element("b", "", first.title), first.digest ? element("small", "", first.digest) : "");
  const lead = link(first.url, "lead", first.cover || others.length ? cover(first.cover) : "", words);
  const rows = others.map((one) => link(one.url, "further", element("span", "", one.title), one.cover ? cover(one.cover) : ""));
  return element("div", others.length ? "card several" : "card", lead, ...rows);
}

function picture(entry, words, view) {
  const shown = element("img");
  shown.alt = words.picture;
  shown.src = entry.media_url;
  const made = element("button", "picture", shown);
  made.type = "button";
  made.addEventListener("click", () => view(entry.media_url));
  return made;
}

function voice(entry, words) {
  const audio = element("audio");
  audio.preload = "metadata";
  audio.src = nearby(entry.media_url);
  const waves = svg("waves", "0 0 20 20", [["M5 8.5a2.5 2.5 0 0 1 0 3"], ["M8.5 6a6 6 0 0 1 0 8"], ["M12 3.5a10 10 0 0 1 0 13"]]);
  const length = element("span", "seconds", entry.seconds ? `${entry.seconds}″` : "");
  const made = element("button", "bubble voice", waves, length, audio);
  made.type = "button";
  made.setAttribute("aria-label", `${words.voice} ${entry.seconds ?? ""}`);
  made.style.width = `${Math.min(96 + (entry.seconds ?? 0) * 4, 220)}px`;
  audio.addEventListener("loadedmetadata", () => {
    if (!entry.seconds && Number.isFinite(audio.duration)) length.textContent = `${Math.max(1, Math.round(audio.duration))}″`;
  });
  for (const name of ["play", "pause", "ended"]) {
    audio.addEventListener(name, () => made.classList.toggle("playing", name === "play"));
  }
  made.addEventListener("click", () => {
    if (audio.error) window.open(entry.media_url, "_blank", "noopener");
    else if (audio.paused) audio.play().catch(() => { made.title = words.unplayable; });
    else audio.pause();
  });
  return made;
}

function video(entry) {
  const made = element("video", "clip");
  made.controls = true;
  made.preload = "metadata";
  made.src = entry.media_url;
  return made;
}

function music(entry) {
  const audio = element("audio");
  audio.controls = true;
  audio.src = nearby(entry.media_url);
  return element("div", "card shared", element("b", "", entry.title ?? ""), element("small", "", entry.text), audio);
}

function spot(entry, words) {
  const streets = MAP.map((d) => [d, { fill: "none", stroke: "#fff", "stroke-width": "7" }]);
  const pin = ["M130 66c-9-12-14-19-14-26a14 14 0 0 1 28 0c0 7-5 14-14 26z", { fill: "#07a050" }];
  const dot = ["M130 35a5 5 0 1 0 .01 0z", { fill: "#fff" }];
  const map = element("span", "map", svg("", "0 0 260 104", [...streets, pin, dot]));
  const where = `${entry.latitude}, ${entry.longitude}`;
  const text = element("span", "words", element("b", "", entry.label || words.place), element("small", "", where));
  return element("div", "card spot", text, map);
}

function shared(entry) {
  return link(entry.url, "card shared", element("b", "", entry.title), element("small", "", entry.text || entry.url));
}

function notice(entry, words) {
  const onward = entry.url ? link(entry.url, "onward", words.details) : "";
  return element("div", "card notice", element("small", "", words.notice), element("b", "", entry.title ?? ""),
    element("p", "", ...withLinks(entry.text)), onward);
}

function menuMessage(entry, choose) {
  const lines = entry.choices.map((one) => {
    const made = element("button", "choice", one.content);
    made.type = "button";
    made.addEventListener("click", () => choose(one));
    return made;
  });
  return element("div", "bubble", ...withLinks(entry.text), ...lines, ...withLinks(entry.tail ?? ""));
}

function content(entry, words, acts) {
  switch (entry.kind) {
    case "image": return picture(entry, words, acts.view);
    case "voice": return voice(entry, words);
    case "video": return video(entry);
    case "music": return music(entry);
    case "location": return spot(entry, words);
    case "link": return shared(entry);
    case "news": return entry.articles.length ? articles(entry) : element("span");
    case "notice": return notice(entry, words);
    case "msgmenu": return menuMessage(entry, acts.choose);
    default: return element("div", "bubble", ...withLinks(entry.text));
  }
}

// The entry's node, or null for what a phone does not show (a menu tap).
export function bubble(entry, words, acts) {
  const told = { followed: words.followed, unfollowed: words.unfollowed, authorised: words.authorised, failure: words.failure, scan: words.scanned }[entry.kind];
  if (told) return element("p", "system", told);
  if (entry.kind === "click" || entry.kind === "view") return null;
  const made = element("div", "entry", content(entry, words, acts));
  if (entry.kind === "notice" || (entry.kind === "news" && entry.via === "mass")) {
    made.classList.add("wide");
    return made;
  }
  const mine = entry.from === "citizen";
  const avatar = element("span", mine ? `avatar ${acts.tint}` : "avatar official", mine ? words.citizenMark : words.accountMark);
  avatar.setAttribute("role", "img");
  avatar.setAttribute("aria-label", mine ? words.citizenName : words.accountName);
  made.prepend(avatar);
  made.classList.toggle("mine", mine);
  return made;
}
