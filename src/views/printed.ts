import type { Report } from '../report.js';
import { paint } from './colour.js';
import { renderJson } from './json.js';
import { renderText } from './text.js';
import { renderVerdict } from './verdict.js';
import type { Detail } from './view.js';

/** `GMR_FORMAT`, and the formats of `gmr dump`. */
export type Format = Detail | 'json' | 'none';

/**
 * A report as it is printed. Its verdict follows the text as one line, so that the last screen of a terminal has the answer.
 * `none` is that line alone, and of a supplement nothing.
 *
 * @param colour adds escape sequences; the text has no others. Without effect on `json`.
 */
export function renderPrinted(report: Report, format: Format, colour = false): string {
  if (format === 'json') return renderJson(report);
  const body = format === 'none' ? '' : renderText(report, format);
  const text = report.supplement ? body : body + renderVerdict(report);
  return colour ? paint(text) : text;
}
