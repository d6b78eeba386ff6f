import type { Report } from '../report.js';
import { renderJson } from './json.js';
import { renderText } from './text.js';
import { renderVerdict } from './verdict.js';

/** A report as it is printed. Behind the text stands its verdict as one line: the last screen of a terminal has the answer. */
export function renderPrinted(report: Report, format: 'text' | 'json'): string {
  if (format === 'json') return renderJson(report);
  return report.supplement ? renderText(report) : renderText(report) + renderVerdict(report);
}
