/**
 * The viewer's one script, as it is served. All that it does can be done without it: it keeps ages and lists up to date, goes
 * on at a list's end, and takes keys. It makes no markup: pages come whole, as documents.
 */
export const SCRIPT = `'use strict';
const MINUTE = 60000;
const REFRESH_MS = 1000;

function showAgo(ms) {
  if (ms < MINUTE) return Math.max(0, Math.floor(ms / 1000)) + ' s ago';
  if (ms < 60 * MINUTE) return Math.floor(ms / MINUTE) + ' min ago';
  if (ms < 48 * 60 * MINUTE) return Math.floor(ms / 60 / MINUTE) + ' h ago';
  return Math.floor(ms / 24 / 60 / MINUTE) + ' d ago';
}
function showAges() {
  for (const time of document.querySelectorAll('time')) {
    const ms = Date.now() - Date.parse(time.dateTime);
    if (ms > -5 * MINUTE) time.textContent = showAgo(ms);
  }
}
setInterval(showAges, 10000);

/** A page as a document: its scripts do not run, and no markup is made of text here. */
function load(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', address);
    request.responseType = 'document';
    request.setRequestHeader('accept', 'text/html');
    request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : reject(new Error(String(request.status))));
    request.onerror = () => reject(new Error('no answer'));
    request.send();
  });
}

let fresh = 0;
let refreshing;
const isList = () => document.querySelector('[data-live]') !== null;
async function refresh() {
  const focused = document.activeElement && document.activeElement.closest('[data-live] tr') && document.activeElement.getAttribute('href');
  const page = await load(location.href);
  const [old, now] = [document.querySelector('[data-live]'), page.querySelector('[data-live]')];
  if (!old || !now) return;
  old.replaceWith(document.adoptNode(now));
  if (!page.querySelector('[data-reading]')) document.querySelector('[data-reading]')?.remove();
  else setTimeout(() => refresh().catch(() => {}), 2 * REFRESH_MS);
  fresh = 0;
  showFresh();
  showAges();
  watchEnd();
  if (focused) for (const link of document.querySelectorAll('[data-live] tr a')) if (link.getAttribute('href') === focused) { link.focus(); break; }
}
function showFresh() {
  let button = document.querySelector('#fresh');
  if (!button && fresh > 0) {
    button = document.createElement('button');
    button.id = 'fresh';
    button.type = 'button';
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', () => { scrollTo(0, 0); refresh().catch(() => location.reload()); });
    document.querySelector('main').prepend(button);
  }
  if (button) {
    button.hidden = fresh === 0;
    button.textContent = fresh + ' new';
  }
}
function onReport() {
  fresh += 1;
  if (isReading()) return showFresh();
  refreshSoon();
}
function isReading() {
  return scrollY > 80 || String(getSelection()) !== '' || document.querySelector('form :focus') !== null;
}
function refreshSoon() {
  refreshing ??= setTimeout(() => { refreshing = undefined; refresh().catch(showFresh); }, REFRESH_MS);
}
let events;
function listen() {
  if (!isList() || events || document.hidden || new URLSearchParams(location.search).has('before')) return;
  events = new EventSource('/events');
  events.addEventListener('report', onReport);
}
document.addEventListener('visibilitychange', () => {
  // A browser has few connections to one host: a page that nobody looks at gives its up.
  if (document.hidden && events) { events.close(); events = undefined; }
  else if (!document.hidden && isList() && !events) { listen(); if (events && !isReading()) refreshSoon(); }
});

let observer;
function watchEnd() {
  if (observer) observer.disconnect();
  const link = document.querySelector('a[rel=next]');
  if (!link || !('IntersectionObserver' in window)) return;
  observer = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    try {
      const page = await load(link.href);
      const rows = page.querySelectorAll('table.rows tbody tr');
      document.querySelector('table.rows tbody').append(...Array.from(rows, (row) => document.adoptNode(row)));
      const next = page.querySelector('a[rel=next]');
      if (next) link.replaceWith(document.adoptNode(next));
      else link.remove();
      watchEnd();
    } catch { /* The link is still there. */ }
  }, { rootMargin: '600px' });
  observer.observe(link);
}

function move(step) {
  const links = Array.from(document.querySelectorAll('tr[data-row]'), (row) => row.querySelector('a'));
  if (links.length === 0) return;
  const at = links.findIndex((link) => link.closest('tr').contains(document.activeElement));
  links[Math.min(links.length - 1, Math.max(0, at < 0 ? 0 : at + step))].focus();
}
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest('input, select, textarea')) { if (event.key === 'Escape') event.target.blur(); return; }
  if (event.key === 'j') move(1);
  else if (event.key === 'k') move(-1);
  else if (event.key === '/') {
    const search = document.querySelector('input[type=search]');
    if (!search) return;
    event.preventDefault();
    search.focus();
  }
});

/** A browser has a clipboard on loopback addresses and over TLS alone. */
const copy = document.querySelector('[data-copy]');
async function readCopied() {
  const answer = await fetch(copy.dataset.copy);
  if (!answer.ok) throw new Error(String(answer.status));
  return new Blob([await answer.text()], { type: 'text/plain' });
}
if (copy && navigator.clipboard && 'ClipboardItem' in window) {
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    try {
      // The text as a promise: a browser lets a click write, and no answer that comes later.
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': readCopied() })]);
      copy.textContent = 'copied';
      setTimeout(() => { copy.textContent = 'copy'; }, 2000);
    } catch { /* The text is behind the link beside it. */ }
  });
}

/** A link to something inside a closed part opens it. */
function openTarget() {
  let part = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const target = part;
  for (; part; part = part.parentElement) if (part.tagName === 'DETAILS') part.open = true;
  if (target) target.scrollIntoView();
}
addEventListener('hashchange', openTarget);
showAges();
if (document.querySelector('[data-reading]')) setTimeout(() => refresh().catch(() => {}), REFRESH_MS);
listen();
watchEnd();
openTarget();
`;

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1b1b1f"/><rect x="4" y="8" width="24" height="16" fill="none" stroke="#ff5449" stroke-width="3"/><path d="M9 16h4l2-4 3 8 2-4h3" fill="none" stroke="#ff5449" stroke-width="2"/></svg>
`;
