import { baseName } from '../../base-name.js';
import { packageOf } from '../../package-name.js';
import type { CalledFunction, MadeRequest } from '../../report.js';
import { type ShownSettler, showSettler } from '../../views/settler.js';
import { type Html, html } from './html.js';
import { showCount } from './page.js';
import { type Data, listOf, mapOf, numberOf, textOf } from './shape.js';

const MAX_FRAMES = 500;
const MAX_STEPS = 100;

/** A stack, innermost first: the application's frames with their source, the others folded. */
export function renderFrames(frames: readonly Data[], root: string): Html {
  const parts: Html[] = [];
  let folded: Data[] = [];
  const unfold = () => {
    if (folded.length > 0) parts.push(renderFolded(folded, root));
    folded = [];
  };
  for (const frame of frames.slice(0, MAX_FRAMES)) {
    if (frame.origin === 'application') {
      unfold();
      parts.push(renderFrame(frame, root));
    } else folded.push(frame);
  }
  unfold();
  if (frames.length > MAX_FRAMES) parts.push(html`<p class="faint">and ${frames.length - MAX_FRAMES} more frames</p>`);
  return html`${parts}`;
}

function renderFolded(frames: readonly Data[], root: string): Html {
  const packages = [...new Set(frames.map((frame) => namePackage(textOf(frame.file))))].slice(0, 6).join(', ');
  return html`<details class="fold"><summary>${showCount(frames.length, 'frame')} of ${packages}</summary>${frames.map((frame) => renderFrame(frame, root))}</details>`;
}

function renderFrame(frame: Data, root: string): Html {
  const [before, source, after] = [textOf(frame.sourceBefore), textOf(frame.source), textOf(frame.sourceAfter)];
  const lines = html`${before === '' ? '' : html`<span class="faint">${before}\n</span>`}${source}${after === '' ? '' : html`<span class="faint">\n${after}</span>`}`;
  return html`<div class="frame">${frame.async === true ? html`<span class="faint">async</span> ` : ''}<b>${textOf(frame.function) || '<anonymous>'}</b> <code class="file">${showPlace(frame, root)}</code>${
    source === '' ? '' : html`<pre>${lines}</pre>`
  }</div>`;
}

/** `lib/checkout.mjs:14`, from the application's directory. */
function showPlace({ file, line, column }: Data, root: string): string {
  const path = textOf(file);
  const short = root !== '' && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  const at = [numberOf(line), numberOf(column)].filter((one) => one > 0).join(':');
  return at === '' ? short : `${short}:${at}`;
}

function namePackage(file: string): string {
  if (file.startsWith('node:')) return 'node';
  return packageOf(file) ?? (file === '' ? 'native code' : baseName(file));
}

/** Chains of suspended functions as a tree: from the innermost function to the functions that wait for it. */
export function renderSuspended(value: unknown, root: string): Html {
  const threads = listOf(value).filter((thread) => numberOf(thread.count) > 0 || textOf(thread.why) !== '');
  if (threads.length === 0) return html`<p class="faint">No function is suspended at an await.</p>`;
  return html`${threads.map((thread) => {
    const places = listOf(thread.places);
    const title = html`<h3>${textOf(thread.thread)} <span class="badge">${
      textOf(thread.why) || `${numberOf(thread.count)} suspended`
    }</span></h3>`;
    return html`${title}${renderTree(growTree(listOf(thread.chains)), places, root)}`;
  })}`;
}

interface Branch {
  count: number;
  readonly place: number;
  readonly by: string;
  /** The thing that would settle its promise, as text; empty except for the innermost function. */
  readonly settler: string;
  readonly waiters: Branch[];
}

/** From the innermost function outwards: the functions that wait for a place are its `waiters`. */
function growTree(chains: readonly Data[]): Branch[] {
  const top: Branch[] = [];
  for (const chain of chains) {
    let level = top;
    for (const step of listOf(chain.steps).slice(0, MAX_STEPS).toReversed()) {
      const [place, by] = [numberOf(step.place), textOf(step.by)];
      const settler = level === top ? tellSettler(chain.settler) : '';
      let branch = level.find((one) => one.place === place && one.by === by && one.settler === settler);
      if (!branch) {
        branch = { count: 0, place, by, settler, waiters: [] };
        level.push(branch);
      }
      branch.count += numberOf(chain.count);
      level = branch.waiters;
    }
  }
  return top;
}

/** As it is printed; empty if it is not known. */
function tellSettler(value: unknown): string {
  const { kind, name, of, timer, callback, requests } = mapOf(value);
  const { ms, dueMs } = mapOf(timer);
  const called = mapOf(callback);
  const { count, oldest } = mapOf(requests);
  if (textOf(kind) === '') return '';
  return showSettler({
    kind: textOf(kind) as ShownSettler['kind'],
    name: textOf(name),
    ...(typeof of === 'number' ? { of } : {}),
    ...(typeof ms === 'number' ? { timer: { ms, ...(typeof dueMs === 'number' ? { dueMs } : {}) } } : {}),
    ...(textOf(called.file) === '' ? {} : { callback: toFunction(called) }),
    ...(oldest === undefined
      ? {}
      : { requests: { ...(typeof count === 'number' ? { count } : {}), oldest: toMade(mapOf(oldest)) } }),
  });
}

function toMade({ protocol, method, peer, path, ageMs }: Data): MadeRequest {
  return {
    protocol: textOf(protocol) as MadeRequest['protocol'],
    method: textOf(method),
    peer: textOf(peer),
    path: textOf(path),
    ageMs: numberOf(ageMs),
  };
}

function toFunction({ function: name, file, line, origin }: Data): CalledFunction {
  return {
    function: textOf(name),
    file: textOf(file),
    line: numberOf(line),
    origin: textOf(origin) as CalledFunction['origin'],
  };
}

function renderTree(branches: readonly Branch[], places: readonly Data[], root: string): Html {
  if (branches.length === 0) return html``;
  return html`<ul class="tree">${branches
    .toSorted((a, b) => b.count - a.count)
    .map(({ count, place, by, settler, waiters }) => {
      const frame = places[place] ?? {};
      return html`<li><span class="count">${count}</span> <b>${textOf(frame.function) || '<anonymous>'}</b> <code class="file">${showPlace(frame, root)}</code>${
        by === '' ? '' : html` <span class="faint">${by}</span>`
      }${textOf(frame.source) === '' ? '' : html`<pre>${textOf(frame.source)}</pre>`}${
        settler === '' ? '' : html`<p class="faint">waits for: ${settler}</p>`
      }${waiters.length > 0 ? html` <span class="faint">awaited by</span>` : ''}${renderTree(waiters, places, root)}</li>`;
    })}</ul>`;
}
