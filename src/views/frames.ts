import { packageOf } from '../package-name.js';
import type { Frame } from '../report.js';
import { escapeControls } from './escape.js';
import { isFull, MAX_TOLD, showCount, showPath, type View } from './view.js';

/**
 * Calls, each with its place, its function and its line of source, innermost first. Except in `full`, those of dependencies and
 * of Node between two of the application are one line; the innermost call is told in any case.
 */
export function renderFrames(frames: readonly Frame[], view: View): string {
  if (isFull(view)) return frames.map((frame) => renderFrame(frame, view)).join('');
  const isOwn = ({ origin }: Frame) => origin === 'application';
  const isOwnStack = frames.some(isOwn);
  const seen = new Set<string>();
  const lines: string[] = [];
  for (let at = 0; at < frames.length; ) {
    const from = at;
    while (at < frames.length && !isOwn(frames[at] as Frame)) at += 1;
    const told = from > 0 ? 0 : isOwnStack ? 1 : MAX_TOLD;
    lines.push(renderOthers(frames.slice(from, at), told, view));
    const own = frames[at];
    if (!own) break;
    const place = renderPlace(own, view);
    // A middleware's `next` comes again and again: its line of source is shown the first time.
    lines.push(seen.has(place) ? place : renderFrame(own, view));
    seen.add(place);
    const again = countSame(frames, at, view);
    if (again > 0) lines.push(`    … the same ${showCount(again, 'more time')}\n`);
    at += 1 + again;
  }
  return lines.join('');
}

/** How often a call is repeated directly after itself: direct recursion. */
function countSame(frames: readonly Frame[], at: number, view: View): number {
  const [first] = frames.slice(at, at + 1).map((frame) => renderPlace(frame, view));
  let end = at + 1;
  for (let next = frames[end]; next && renderPlace(next, view) === first; next = frames[end]) end += 1;
  return end - at - 1;
}

/** Calls without their lines of source. */
export function renderPlaces(frames: readonly Frame[], view: View): string {
  return renderFrames(
    frames.map(({ source: _, sourceBefore: __, sourceAfter: ___, ...frame }) => frame),
    view,
  );
}

/** @param told how many of them are told, the innermost first */
function renderOthers(frames: readonly Frame[], told: number, view: View): string {
  const first = frames.slice(0, told).map((frame) => renderFrame(frame, view));
  const rest = frames.slice(told);
  const [only, other] = rest;
  if (!only) return first.join('');
  if (!other) return first.join('') + renderPlace(only, view);
  const names = [...new Set(rest.map(nameOrigin))];
  const shown = names.length > MAX_NAMES ? [...names.slice(0, MAX_NAMES), '…'] : names;
  return `${first.join('')}  … ${showCount(rest.length, 'frame')} of ${escapeControls(shown.join(', '))}\n`;
}

const MAX_NAMES = 6;

/** The package of a dependency: the innermost of nested ones. */
function nameOrigin({ origin, file }: Frame): string {
  if (origin === 'node') return 'node';
  return packageOf(file) ?? 'dependencies';
}

/** oslo's `file:line in function` with the source beneath; the other frames stand further in. */
function renderFrame(frame: Frame, view: View): string {
  const { origin, source, sourceBefore, sourceAfter } = frame;
  const indent = origin === 'application' ? '    ' : '      ';
  const near = (line: string | undefined) => (line === undefined ? '' : `${indent} ${escapeControls(line)}\n`);
  const code = source === undefined ? '' : `${indent}\`${escapeControls(source)}\`\n`;
  return renderPlace(frame, view) + near(sourceBefore) + code + near(sourceAfter);
}

function renderPlace(frame: Frame, view: View): string {
  const { file, line, column, origin, generated } = frame;
  const place = line > 0 ? `${showPath(file, view)}:${line}:${column}` : file || 'native code';
  const name = `${frame.async ? 'async ' : ''}${frame.function}`;
  const built = generated ? ` [built: ${showPath(generated, view)}]` : '';
  const own = origin === 'application';
  return `${own ? '' : '  '}${escapeControls(`${place} in ${name}${own ? '' : ` (${origin})`}${built}`)}\n`;
}
