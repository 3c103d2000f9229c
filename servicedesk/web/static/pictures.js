// What was typed on the publication page is still there after a picture was covered on its own page.
"use strict";

(() => {
  const form = document.getElementById("pictures")?.closest("form");
  if (!form) return;
  const key = `publication ${location.pathname}`;
  const fields = () => [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.tagName !== "BUTTON");
  const ticked = (field) => field.type === "checkbox" || field.type === "radio";
  const kept = sessionStorage.getItem(key);
  if (kept) {
    sessionStorage.removeItem(key);
    const values = JSON.parse(kept);
    fields().forEach((field) => {
      const found = values.find(([name, value]) => name === field.name && (!ticked(field) || value === field.value));
      if (!found) return;
      if (ticked(field)) [, , field.checked] = found; else [, field.value] = found;
    });
  }
  for (const leaving of form.querySelectorAll("#pictures a[href], #pictures button")) {
    leaving.addEventListener("click", () => {
      sessionStorage.setItem(key, JSON.stringify(fields().map((field) => [field.name, field.value, field.checked ?? false])));
    });
  }
})();
