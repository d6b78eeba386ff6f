import type { Late } from '../report.js';
import { escapeControls } from './escape.js';

/** The first lines of a section of a supplement. */
export function renderLate({ report, lateMs, answered }: Late, more = ''): string {
  const late = `${(lateMs / 1000).toFixed(1)} s after the report, at ${answered}`;
  return escapeControls(`report = ${report}\nlate = ${late}\n${more}\n`, { keepLines: true });
}
