import { renderComparison } from '../../views/comparison.js';
import { toCompared } from '../compared.js';
import type { StoredReport } from '../reports.js';
import { type Html, html } from './html.js';
import { renderText } from './section-text.js';

/** Two reports beside each other: the facts that stayed, that came and that went. */
export function renderCompare(before: StoredReport, after: StoredReport): Html {
  return html`<h1>Compared</h1><p class="sum"><a href="/reports/${before.id}">before: ${before.time}</a> · <a href="/reports/${after.id}">after: ${after.time}</a></p>${renderText(renderComparison(toCompared(before), toCompared(after)))}`;
}
