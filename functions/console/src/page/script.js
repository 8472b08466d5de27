// What a page without a script cannot: follow what happens, and count time. Everything else works without it.
"use strict";

// Times that count, in the words of time.rs.
const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

function span(seconds) {
  let first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first < 0) first = UNITS.length - 1;
  const parts = [];
  for (const [name, size] of UNITS.slice(first, first + 2)) {
    const n = Math.floor(seconds / size);
    seconds -= n * size;
    if (n > 0 || parts.length === 0) parts.push(`${n} ${name}`);
  }
  return parts.join(" ");
}

// The server's clock decides; this one may be wrong.
let ahead = 0;
const now = () => Math.floor((Date.now() - ahead) / 1000);

function count() {
  for (const time of document.querySelectorAll("time[data-count]")) {
    const at = Math.floor(Date.parse(time.dateTime) / 1000);
    const left = time.dataset.count === "left" ? at - now() : now() - at;
    const text = time.dataset.count === "ago" ? `${span(Math.max(0, left))} ago` : left > 0 ? `${span(left)} left` : "time is over";
    if (time.textContent !== text) time.textContent = text;
  }
}

// Following: the page itself is asked for again, and says nothing as long as it is the same.
let known = null;

async function follow(live) {
  if (document.hidden) return;
  const headers = known ? { "if-none-match": known } : {};
  const answer = await fetch(live.dataset.at || location.href, { headers, redirect: "manual" });
  const date = Date.parse(answer.headers.get("date"));
  if (date) ahead = Date.now() - date;
  if (answer.status !== 200 && answer.status !== 304) throw new Error(answer.status);
  lost(false);
  if (answer.status === 304) return;
  known = answer.headers.get("etag");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.querySelector("[data-live]");
  if (!next) return;
  if (live.dataset.seen === undefined) exchange(live, next);
  else compare(live, next);
  count();
}

// Signed out, or the server is not there: a page that stands still must not look as if it followed.
function lost(is) {
  const notice = document.getElementById("lost");
  if (notice) notice.hidden = !is;
}

// A list is exchanged whole; the focus stays where it was.
function exchange(live, next) {
  if (live.innerHTML === next.innerHTML) return;
  const focused = document.activeElement && document.activeElement.id;
  live.replaceChildren(...next.childNodes);
  if (focused) document.getElementById(focused)?.focus();
}

// What a person decides on is never exchanged under their hand: it is closed, and they are told.
function compare(live, next) {
  for (const part of live.querySelectorAll("[data-part]")) {
    const fresh = next.querySelector(`#${part.id}`);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
  }
  if (live.dataset.seen === next.dataset.seen) return;
  document.getElementById("changed").hidden = false;
  for (const button of live.querySelectorAll("#decision button")) button.disabled = true;
  for (const link of live.querySelectorAll("#decision a")) link.removeAttribute("href");
}

// A test whose checks appear as they finish: first those that need nobody else, then all of them.
async function check(event) {
  const form = event.target.closest("form[data-checks]");
  const button = event.submitter;
  if (!form || !button || !button.dataset.checks) return;
  event.preventDefault();
  const into = document.getElementById(button.dataset.checks);
  button.disabled = true;
  try {
    await checks(form, button, into);
  } catch {
    into.textContent = "The server did not answer. Try again.";
  } finally {
    button.disabled = false;
  }
}

async function checks(form, button, into) {
  for (const extent of ["local", "all"]) {
    const fields = new URLSearchParams(new FormData(form));
    fields.set("extent", extent);
    const answer = await fetch(button.formAction, { method: "POST", body: fields, redirect: "manual" });
    if (answer.type === "opaqueredirect") return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById(button.dataset.checks) || page.querySelector("main");
    if (found) into.replaceChildren(...found.childNodes);
  }
}

addEventListener("submit", check);
count();
setInterval(count, 1000);
const live = document.querySelector("[data-live]");
if (live) {
  // A page that answers a form has an address that only takes forms: its own is another.
  if (live.dataset.at && location.pathname !== live.dataset.at) history.replaceState(null, "", live.dataset.at);
  const again = () => follow(live).catch(() => lost(true)).finally(() => setTimeout(again, live.dataset.live * 1000));
  again();
}
