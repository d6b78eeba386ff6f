import type { Report } from '../report.js';
import { paint } from './colour.js';
import { renderJson } from './json.js';
import { renderText } from './text.js';
import { renderVerdict } from './verdict.js';

/** `GMR_FORMAT`. */
export type Format = 'text' | 'short' | 'full' | 'json' | 'none';

/**
 * A report as it is printed. Behind the text stands its verdict as one line: the last screen of a terminal has the answer.
 * `none` is that line alone; of a supplement, nothing.
 *
 * @param colour with escape sequences; nothing else in the text can be one. Without effect on `json`.
 */
export function renderPrinted(report: Report, format: Format, colour = false): string {
  if (format === 'json') return renderJson(report);
  const body = format === 'none' ? '' : renderText(report, format);
  const text = report.supplement ? body : body + renderVerdict(report);
  return colour ? paint(text) : text;
}
