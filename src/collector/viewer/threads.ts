import { showDuration } from '../../views/duration.js';
import { renderFrames } from './frames.js';
import { type Html, html } from './html.js';
import { showState } from './page.js';
import { type Data, listOf, mapOf, numberOf, textOf } from './shape.js';

const MAX_NAMES = 6;

/** The threads that run JavaScript; alike ones together. Each has an anchor of its own, `thread-0`. */
export function renderThreads(data: Data, root: string, isSupplement: boolean): Html {
  const groups = new Map<string, Data[]>();
  for (const thread of listOf(data.threads)) {
    const frames = listOf(thread.frames).map((frame) => [frame.function, frame.file, frame.line]);
    const key = JSON.stringify([thread.state, frames, thread.note, numberOf(thread.id) === 0]);
    groups.set(key, [...(groups.get(key) ?? []), thread]);
  }
  const anchor = isSupplement ? 'late-thread' : 'thread';
  const osThreads = listOf(data.osThreads);
  return html`${[...groups.values()].map((group) => renderGroup(group, root, anchor))}${
    textOf(data.pool) === '' ? '' : html`<p>${textOf(data.pool)}</p>`
  }${osThreads.length === 0 ? '' : renderOthers(osThreads)}`;
}

function renderGroup(group: readonly Data[], root: string, anchor: string): Html {
  const [first = {}] = group;
  const names = group.slice(0, MAX_NAMES).map(({ id, name }) => `#${textOf(id)} ${textOf(name)}`);
  const more = group.length > names.length ? ` and ${group.length - names.length} more` : '';
  const child = mapOf(first.child);
  const facts = [
    numberOf(first.forMs) > 0 ? `for ${showDuration(numberOf(first.forMs))}` : '',
    textOf(child.command) === '' ? '' : `${textOf(child.command)} (pid ${textOf(child.pid)})`,
    textOf(first.callee) === '' ? '' : `native call ${textOf(first.callee)}`,
    textOf(mapOf(first.span).name) === '' ? '' : `in span ${textOf(mapOf(first.span).name)}`,
    ...describeKernel(mapOf(first.kernel)),
  ].filter(Boolean);
  const frames = listOf(first.frames);
  const others = group.slice(1).map(({ id }) => html`<span id="${anchor}-${numberOf(id)}"></span>`);
  return html`<div class="thread" id="${anchor}-${numberOf(first.id)}">${others}<h3><a class="self" href="#${anchor}-${numberOf(first.id)}">${names.join(', ')}${more}</a> ${
    group.length > 1 ? html`<span class="badge">${group.length} alike</span> ` : ''
  }${showState(textOf(first.state))}</h3>${facts.length > 0 ? html`<p class="faint">${facts.join(' · ')}</p>` : ''}${
    frames.length === 0 && textOf(first.note) === '' && first.state === 'idle'
      ? html`<p class="faint">no calls: it waits for events</p>`
      : ''
  }${textOf(first.note) === '' ? '' : html`<p class="faint">${textOf(first.note)}</p>`}${renderFrames(frames, root)}</div>`;
}

function describeKernel(kernel: Data): string[] {
  if (textOf(kernel.state) === '') return [];
  const where = [textOf(kernel.syscall), textOf(kernel.wchan)].filter(Boolean).join(', ');
  return [`kernel: ${textOf(kernel.state)}${where === '' ? '' : ` in ${where}`}`];
}

/** Threads without JavaScript, counted by name and state. */
function renderOthers(threads: readonly Data[]): Html {
  const counts = new Map<string, number>();
  for (const { name, state } of threads) {
    const key = `${textOf(name)}, ${textOf(state)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const words = [...counts].map(([key, count]) => `${count} ${key}`);
  return html`<p class="faint">other threads: ${words.join('; ')}</p>`;
}
