import { escapeControls } from './escape.js';
import { widthOf } from './width.js';

const WIDTH = 72;

/** The report's own banner, as oslo.reports has it. */
export function renderReportBanner(title: string): string {
  return `${renderBanner(title)}${'|'.repeat(WIDTH)}\n\n\n`;
}

/** A section's banner. */
export function renderBanner(title: string): string {
  const rule = '='.repeat(WIDTH);
  return `${rule}\n====${centre(title, WIDTH - 8)}====\n${rule}\n`;
}

/** The line above a thread, or another part of a section. */
export function renderSubtitle(title: string): string {
  return `------${centre(title, WIDTH - 12)}------\n`;
}

/** The odd space goes to the right; a longer text is not cut. */
function centre(title: string, width: number): string {
  const text = escapeControls(title);
  const free = Math.max(0, width - widthOf(text));
  const left = Math.floor(free / 2);
  return `${' '.repeat(left)}${text}${' '.repeat(free - left)}`;
}
