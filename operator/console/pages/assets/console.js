// console.js: keeps a page as new as the broker. Without it everything works by loading the page again.
const body = document.body;
let again = 0, waiting = false;

// What somebody is about to do is never taken from under the hands.
function busy() {
  const at = document.activeElement;
  return at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || document.querySelector("main details[open] form.act") !== null;
}

function opened(root) {
  return [...root.querySelectorAll("details")].map((one) => one.open);
}

async function refresh() {
  waiting = false;
  if (document.hidden || busy()) { waiting = true; return; }
  const answer = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "manual" }).catch(() => null);
  if (!answer) { body.dataset.state = "away"; return; }
  if (answer.status === 401) { location.reload(); return; }
  if (!answer.ok) return;
  delete body.dataset.state;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const name of ["main", "footer"]) {
    const old = document.querySelector(name), now = page.querySelector(name);
    if (!old || !now || old.innerHTML === now.innerHTML || busy()) continue;
    const open = opened(old), focus = old.contains(document.activeElement) && document.activeElement.id;
    old.replaceChildren(...now.childNodes);
    old.querySelectorAll("details").forEach((one, i) => { if (open[i]) one.open = true; });
    if (focus) document.getElementById(focus)?.focus();
  }
  const title = page.querySelector("title");
  if (title) document.title = title.textContent;
}

function later(wait) {
  if (again) return;
  again = setTimeout(() => { again = 0; refresh(); }, wait);
}

if (body.dataset.live !== undefined && "EventSource" in window) {
  const events = new EventSource("/live?dossier=" + encodeURIComponent(body.dataset.live));
  events.addEventListener("news", () => later(300));
  events.addEventListener("error", () => later(3000));
  document.addEventListener("visibilitychange", () => { if (waiting) later(0); });
  addEventListener("focusout", () => { if (waiting) later(500); });
  addEventListener("pagehide", () => events.close());
}

// "/" goes to the search box.
addEventListener("keydown", (key) => {
  if (key.key === "/" && !key.ctrlKey && !key.metaKey && !key.altKey && !busy()) {
    document.getElementById("q")?.focus();
    key.preventDefault();
  }
});
