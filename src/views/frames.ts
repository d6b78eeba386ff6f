import type { Frame } from '../report.js';
import { escapeControls } from './escape.js';

/** Calls, each with its place, its function and its line of source. */
export function renderFrames(frames: readonly Frame[]): string {
  return frames.map(renderFrame).join('');
}

function renderFrame(frame: Frame): string {
  const { file, line, column, origin, source, generated } = frame;
  const indent = origin === 'application' ? '' : '  ';
  const place = line > 0 ? `${file}:${line}:${column}` : file || 'native code';
  const name = `${frame.async ? 'async ' : ''}${frame.function}`;
  const mark = origin === 'application' ? '' : ` (${origin})`;
  const shown = escapeControls(`${place} in ${name}${mark}${generated ? ` [built: ${generated}]` : ''}`);
  const code = source === undefined ? '' : `${indent}    \`${escapeControls(source)}\`\n`;
  return `${indent}${shown}\n${code}`;
}
