import { hashOf, isCrash, tellRest } from '../causes.js';
import { isComplete, joinText, listParts, listSections, type StoredReport, type StoredSection } from '../reports.js';
import { renderFrames, renderSuspended } from './frames.js';
import { type Html, html } from './html.js';
import { renderInFlight } from './in-flight.js';
import { showCount, showMain, showTime } from './page.js';
import { countLines, renderPrinted, renderText } from './section-text.js';
import { type Data, listOf, mapOf, numberOf, textOf } from './shape.js';
import { renderThreads } from './threads.js';

/** Reports of one process that are shown beside each other. */
const MAX_STRIP = 12;
/** Sections that are open at first sight. */
const OPEN: ReadonlySet<string> = new Set(['threads', 'in_flight', 'green_threads', 'crash']);
/** Ids of the page itself. */
const RESERVED = ['content', 'verdict'];

/** One report: the answer, the other reports of its process, its sections. @param all every report, oldest first */
export function renderReport(report: StoredReport, all: readonly StoredReport[], nowMs: number): Html {
  const { id, service, host, process, trigger, time } = report;
  const sections = listSections(report);
  const header = readData(sections.find(({ name }) => name === 'report'));
  const anchors = nameAnchors(sections);
  const shown = sections.map((section, index) => ({ section, anchor: anchors[index] ?? '' }));
  return html`<h1>${service || '(no service)'} <span class="faint">@${host} pid ${process}</span></h1><p class="sum">${showTime(time, nowMs)} <span class="faint">${time}</span> · ${trigger} · <a href="/reports/${id}.txt">text</a> <a href="/reports/${id}.json">JSON</a> <a href="/reports/${id}.txt?download=1">download</a> <button type="button" data-copy="/reports/${id}.txt" aria-live="polite" hidden>copy</button> <a href="/traces/${id}">its trace</a></p>${renderVerdict(report, header, sections, all)}${renderStrip(report, all)}<nav class="toc" aria-label="Sections"><ul>${shown
    .filter(({ section }) => section.name !== 'report')
    .map(
      ({ section, anchor }) => html`<li><a href="#${anchor}">${titleOf(section)}</a>${renderStatus(section)}</li>`,
    )}</ul></nav>${shown.map(({ section, anchor }) => renderSection(section, anchor, textOf(header.root), id))}`;
}

function renderVerdict(
  report: StoredReport,
  header: Data,
  sections: readonly StoredSection[],
  all: readonly StoredReport[],
): Html {
  const { main } = report;
  const hash = hashOf(report);
  const alike = hash === '' ? 0 : all.reduce((count, one) => count + Number(hashOf(one) === hash), 0);
  const rest = tellRest(report);
  // Of an idle process, the thing that it waits for is the answer.
  const lead = main === 'idle' && textOf(header.waitsFor) !== '' ? `waits for ${textOf(header.waitsFor)}` : '';
  const lines = (
    [
      ['serving', 'serving'],
      ['waits for', 'waitsFor'],
      ['workers', 'workers'],
      ['in flight', 'inFlight'],
      ['memory', 'memory'],
    ] as const
  ).filter(([, key]) => textOf(header[key]) !== '' && !(key === 'waitsFor' && lead !== ''));
  return html`<div class="verdict ${main === 'idle' && !isCrash(report) ? 'calm' : 'busy'}" id="verdict"><p class="answer">${showMain(report)} ${rest || lead}</p><dl>${lines.map(
    ([label, key]) => html`<div><dt>${label}</dt><dd>${textOf(header[key])}</dd></div>`,
  )}</dl>${renderMeters(sections)}<p>${
    alike > 1
      ? html`<a href="/reports?stack=${hash}">${showCount(alike, 'report')} with this cause</a>`
      : html`<span class="faint">the only report with this cause</span>`
  } <span class="faint">report <code>${report.id}</code></span></p>${isComplete(report) ? '' : html`<p class="mark">Some of its records are missing.</p>`}</div>`;
}

/** Heap and descriptors against their limits. */
function renderMeters(sections: readonly StoredSection[]): Html {
  const runtime = readData(sections.find(({ name }) => name === 'runtime'));
  const [heap, descriptors, loop] = [mapOf(runtime.heap), mapOf(runtime.descriptors), mapOf(runtime.eventLoop)];
  const meter = (label: string, value: number, of: number, text: string) =>
    of > 0
      ? html`<label>${label} <meter min="0" max="${of}" low="${of * 0.7}" high="${of * 0.9}" optimum="0" value="${value}">${text}</meter> ${text}</label>`
      : html``;
  const used = numberOf(heap.usedBytes);
  return html`<p class="meters">${meter('heap', used, numberOf(heap.limitBytes), `${Math.round(used / 2 ** 20)} MiB`)} ${meter(
    'event loop',
    numberOf(loop.utilizationPercent),
    100,
    `${numberOf(loop.utilizationPercent)} % busy`,
  )} ${meter('descriptors', numberOf(descriptors.open), numberOf(descriptors.limit), String(numberOf(descriptors.open)))}</p>`;
}

/** The reports of this process, in time. */
function renderStrip(report: StoredReport, all: readonly StoredReport[]): Html {
  const { host, process, service, id } = report;
  const own = all.filter((one) => one.process === process && one.host === host && one.service === service);
  const at = own.findIndex((one) => one.id === id);
  if (own.length < 2 || at < 0) return html``;
  const from = Math.max(0, Math.min(at - MAX_STRIP / 2, own.length - MAX_STRIP));
  const shown = own.slice(from, from + MAX_STRIP);
  const hash = hashOf(report);
  const before = own[at - 1];
  return html`<nav class="strip" aria-label="Reports of this process"><ul>${shown.map((one) => {
    const same = hash !== '' && hashOf(one) === hash ? html` <span class="badge">same cause</span>` : '';
    const label = html`${one.time.slice(11, 19)} ${showMain(one)}${same}`;
    return one.id === id
      ? html`<li><a href="/reports/${one.id}" aria-current="page">${label}</a></li>`
      : html`<li><a href="/reports/${one.id}">${label}</a></li>`;
  })}${before ? html`<li><a href="/compare?before=${before.id}&amp;after=${id}">compare with the one before</a></li>` : ''}</ul></nav>`;
}

function renderSection(section: StoredSection, anchor: string, root: string, id: string): Html {
  const address = `/reports/${id}.txt?section=${encodeURIComponent(section.name)}`;
  const text = joinText(section);
  const content = renderContent(section, text, root);
  const open = OPEN.has(section.name) || section.status === 'failed' ? html` open` : html``;
  const isRich = content !== undefined;
  return html`<details class="section" id="${anchor}"${open}><summary><h2>${titleOf(section)}</h2>${renderStatus(section)} <span class="faint">${showCount(countLines(text), 'line')}</span></summary><div class="body">${content ?? renderText(text, address)}${
    isRich ? html`<details class="fold"><summary>as printed</summary>${renderPrinted(text, address)}</details>` : ''
  }</div></details>`;
}

/** The section from its data; undefined if that did not come in one piece, or has an unknown shape. */
function renderContent(section: StoredSection, text: string, root: string): Html | undefined {
  const data = readData(section);
  if (Object.keys(data).length === 0 || section.status === 'failed') return undefined;
  if (section.name === 'threads') return renderThreads(data, root, mapOf(data.late).report !== undefined);
  if (section.name === 'in_flight') return renderInFlight(data);
  if (section.name !== 'green_threads' || data.suspended === undefined) return undefined;
  const carried = listOf(data.chains).map(
    (chain) =>
      html`<h3>${textOf(chain.thread)} <span class="faint">is awaited by</span></h3>${renderFrames(listOf(chain.frames), root)}`,
  );
  const rest = text.slice(Math.max(0, text.search(/^-{6} +Event Loop +-{6}$/m)));
  return html`${renderSuspended(mapOf(data.suspended).threads, root)}${carried}${renderText(rest)}`;
}

function readData(section: StoredSection | undefined): Data {
  const [part, other] = section ? listParts(section) : [];
  return other === undefined ? mapOf(part?.data) : {};
}

/** `threads`, `custom.queue`; a second section of the same name gets a number. Anchors stay the same, so links to them last. */
function nameAnchors(sections: readonly StoredSection[]): string[] {
  const seen = new Set(RESERVED);
  return sections.map(({ name }) => {
    const plain = name.replace(/[^\w.-]/g, '-');
    const wanted = plain === '' || /^(late-)?thread-/.test(plain) ? `section-${plain}` : plain;
    let anchor = wanted;
    for (let number = 2; seen.has(anchor); number += 1) anchor = `${wanted}.${number}`;
    seen.add(anchor);
    return anchor;
  });
}

function titleOf({ title, name }: StoredSection): string {
  return name === 'report' ? 'Report' : title || name;
}

function renderStatus({ status }: StoredSection): Html | '' {
  return status === 'ok' || status === '' ? '' : html` <span class="badge odd">${status.replace('_', ' ')}</span>`;
}
