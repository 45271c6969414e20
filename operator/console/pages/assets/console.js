// console.js: keeps a page as new as the broker. Without it everything works by loading the page again.
const body = document.body;
let again = 0, waiting = false;

// What somebody is about to do is never taken from under the hands: a form, or words that he has marked to copy them. A form that the page itself has
// opened is nobody's until its words are others.
const begun = (form) => !form.closest("[data-proposed]") || [...form.elements].some((one) => one.value !== one.defaultValue && one.type !== "submit");
function busy() {
  const at = document.activeElement, marked = getSelection();
  return at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) || [...document.querySelectorAll("main details[open] form.act")].some(begun)
    || marked && !marked.isCollapsed && document.querySelector("main").contains(marked.anchorNode);
}

// Where a person is: what he has opened, how far he has moved a wide table, and on which link, button or summary he stands. Each is found again by
// what it is, whatever has come or gone above it; and what has not changed is left alone, so that nobody is told it a second time.
const PLACES = "a[href], button, summary, [tabindex]";
const wide = (root) => [...root.querySelectorAll(".scroll, .route")];
const name = (one) => one.tagName + (one.getAttribute("href") ?? one.getAttribute("aria-label") ?? one.textContent);
const alike = (root, at) => [...root.querySelectorAll(PLACES)].filter((one) => name(one) === name(at));
function opened(root) {
  const seen = {};
  return [...root.querySelectorAll("details")].map((one) => {
    const row = one.closest("tr"), text = one.querySelector("summary")?.textContent ?? "";
    const key = (row?.id || row?.querySelector("a[href]")?.getAttribute("href") || "") + " " + text;
    seen[key] = (seen[key] ?? 0) + 1;
    return [key + seen[key], one];
  });
}

function change(old, now) {
  const before = [...old.childNodes], after = [...now.childNodes];
  let first = 0, last = 0;
  const same = (at) => before.length > first + at && after.length > first + at && before.at(-1 - at).isEqualNode(after.at(-1 - at));
  while (first < before.length && first < after.length && before[first].isEqualNode(after[first])) first++;
  while (same(last)) last++;
  const rest = before[before.length - last] ?? null;
  before.slice(first, before.length - last).forEach((one) => one.remove());
  after.slice(first, after.length - last).forEach((one) => old.insertBefore(one, rest));
}

function replace(old, now) {
  const open = new Map(opened(old).map(([key, one]) => [key, one.open]));
  const moved = wide(old).map((one) => one.scrollLeft), at = old.contains(document.activeElement) && document.activeElement;
  const place = at ? alike(old, at).indexOf(at) : -1;
  change(old, now);
  for (const [key, one] of opened(old)) if (open.get(key)) one.open = true;
  wide(old).forEach((one, i) => { one.scrollLeft = moved[i] ?? 0; });
  if (place >= 0 && !old.contains(document.activeElement)) {
    const found = alike(old, at);
    (found[place] ?? found[0] ?? document.getElementById("main")).focus({ preventScroll: true });
  }
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
  for (const part of ["main", "footer"]) {
    const old = document.querySelector(part), now = page.querySelector(part);
    if (!old || !now || old.innerHTML === now.innerHTML) continue;
    if (busy()) waiting = true;
    else replace(old, now);
  }
  const title = page.querySelector("title");
  if (title) document.title = title.textContent;
}

function later(wait) {
  if (again) return;
  again = setTimeout(() => { again = 0; refresh(); }, wait);
}

// A browser has six connections to one host: a page that nobody sees holds none of them, or a seventh would never open.
let events = null;
function listen() {
  if (events || document.hidden) return;
  const mine = new EventSource("/live?dossier=" + encodeURIComponent(body.dataset.live));
  events = mine;
  mine.addEventListener("news", () => later(300));
  mine.addEventListener("error", () => {
    later(3000);
    // Refused, there being too many: it looks by itself, and asks for a stream again.
    if (mine.readyState === EventSource.CLOSED && events === mine) { events = null; setTimeout(listen, 15000); }
  });
}
function leave() {
  events?.close();
  events = null;
}

if (body.dataset.live !== undefined && "EventSource" in window) {
  listen();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { leave(); waiting = true; return; }
    listen();
    if (waiting) later(0);
  });
  addEventListener("focusout", () => { if (waiting) later(500); });
  document.addEventListener("selectionchange", () => { if (waiting && !busy()) later(500); });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (shown) => { if (shown.persisted) { listen(); later(0); } });
}

// The route's picture may be wider than the screen: it begins where the dossier is.
for (const route of document.querySelectorAll(".route")) {
  const now = route.querySelector(".now, .offered");
  if (now) route.scrollLeft = now.getBoundingClientRect().left - route.getBoundingClientRect().left - 24;
}

// "/" goes to the search box.
addEventListener("keydown", (key) => {
  if (key.key === "/" && !key.ctrlKey && !key.metaKey && !key.altKey && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) {
    document.getElementById("q")?.focus();
    key.preventDefault();
  }
});
