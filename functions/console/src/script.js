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
  const answer = await fetch(location.href, { headers, redirect: "manual" });
  const date = Date.parse(answer.headers.get("date"));
  if (date) ahead = Date.now() - date;
  if (answer.status !== 200) return;
  const first = known === null;
  known = answer.headers.get("etag");
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = fresh.querySelector("[data-live]");
  if (!next) return;
  if (live.dataset.seen === undefined) exchange(live, next, first);
  else compare(live, next, first);
}

// A list is exchanged whole; the focus stays where it was.
function exchange(live, next, first) {
  if (live.innerHTML === next.innerHTML) return;
  const focused = document.activeElement && document.activeElement.id;
  live.replaceChildren(...next.childNodes);
  if (focused) document.getElementById(focused)?.focus();
  if (!first) document.dispatchEvent(new Event("followed"));
  count();
}

// What a person decides on is never exchanged under their hand: it is closed, and they are told.
function compare(live, next) {
  for (const part of live.querySelectorAll("[data-part]")) {
    const fresh = next.querySelector(`#${part.id}`);
    if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
  }
  if (live.dataset.seen !== next.dataset.seen) {
    document.getElementById("changed").hidden = false;
    for (const button of live.querySelectorAll("#decision button")) button.disabled = true;
  }
  count();
}

// A test whose checks appear as they finish: first those that need nobody else, then all of them.
async function check(event) {
  const form = event.target.closest("form[data-checks]");
  const button = event.submitter;
  if (!form || !button || !button.dataset.checks) return;
  event.preventDefault();
  const into = document.getElementById(button.dataset.checks);
  button.disabled = true;
  for (const extent of ["local", "all"]) {
    const fields = new URLSearchParams(new FormData(form));
    fields.set("extent", extent);
    const answer = await fetch(button.formAction, { method: "POST", body: fields, redirect: "manual" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const checks = page.getElementById(button.dataset.checks) || page.querySelector("main");
    if (checks) into.replaceChildren(...checks.childNodes);
  }
  button.disabled = false;
}

addEventListener("submit", check);
count();
setInterval(count, 1000);
const live = document.querySelector("[data-live]");
if (live) {
  const again = () => follow(live).catch(() => {}).finally(() => setTimeout(again, live.dataset.live * 1000));
  again();
}
