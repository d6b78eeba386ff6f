import { isCrash } from '../causes.js';
import type { StoredReport } from '../reports.js';
import { type Html, html } from './html.js';

/** An answer of the viewer. */
export interface Page {
  readonly type: string;
  readonly body: string | AsyncIterable<string>;
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
}

/** The content came from elsewhere: it must not run, load anything or be framed, and no cache keeps it. */
export const PAGE_HEADERS: { readonly [name: string]: string } = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

const PLACES = [
  ['/', 'Causes'],
  ['/reports', 'Reports'],
  ['/traces', 'Traces'],
  ['/processes', 'Processes'],
] as const;

export interface Frame {
  readonly title: string;
  /** The path of the current entry of the navigation. */
  readonly place: (typeof PLACES)[number][0] | '';
  /** A sentence on the store: it is still being read. */
  readonly note?: string;
}

/** A page before and after its content. */
export function frame({ title, place, note }: Frame): { readonly before: Html; readonly after: Html } {
  const links = PLACES.map(([path, name]) =>
    path === place
      ? html`<li><a href="${path}" aria-current="page">${name}</a></li>`
      : html`<li><a href="${path}">${name}</a></li>`,
  );
  return {
    before: html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/style.css"><script src="/script.js" defer></script></head><body><a class="skip" href="#content">Skip to the content</a><header><a class="brand" href="/">Guru Meditation</a><nav aria-label="Pages"><ul>${links}</ul></nav></header><main id="content" tabindex="-1">${
      note ? html`<p class="note" role="status" data-reading>${note}</p>` : ''
    }`,
    after: html`</main></body></html>`,
  };
}

export function toPage(about: Frame, content: Html, status = 200): Page {
  const { before, after } = frame(about);
  return { type: 'text/html; charset=utf-8', body: `${before.markup}${content.markup}${after.markup}`, status };
}

const MINUTE_MS = 60_000;

/** `<time>` with the age as its text and the moment as its title. */
export function showTime(time: string, nowMs: number): Html {
  const ageMs = nowMs - Date.parse(time);
  if (!Number.isFinite(ageMs)) return html`<span class="faint">unknown</span>`;
  return html`<time datetime="${time}" title="${time}">${showAgo(ageMs)}</time>`;
}

function showAgo(ageMs: number): string {
  if (ageMs < MINUTE_MS) return `${Math.max(0, Math.floor(ageMs / 1000))} s ago`;
  if (ageMs < 60 * MINUTE_MS) return `${Math.floor(ageMs / MINUTE_MS)} min ago`;
  if (ageMs < 48 * 60 * MINUTE_MS) return `${Math.floor(ageMs / 60 / MINUTE_MS)} h ago`;
  return `${Math.floor(ageMs / 24 / 60 / MINUTE_MS)} d ago`;
}

/** The state of a thread as a badge; its colour says nothing that its word does not. */
export function showState(state: string): Html {
  return state === '' ? html`` : html`<span class="badge ${kindOf(state)}">${state}</span>`;
}

/** The state of a report's main thread, or that it crashed. */
export function showMain(report: StoredReport): Html {
  return isCrash(report) ? html`<span class="badge odd">crashed</span>` : showState(report.main);
}

const NATIVE_STATES = ['in native code', 'collecting garbage', 'waiting for a CPU'];

function kindOf(state: string): string {
  if (state === 'idle') return 'calm';
  if (state === 'running JavaScript') return 'busy';
  if (NATIVE_STATES.includes(state) || state.startsWith('waits for its child')) return 'native';
  return 'odd';
}

/** `1 report`, `2 reports`. */
export function showCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
