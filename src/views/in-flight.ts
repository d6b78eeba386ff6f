import type { InFlightData } from '../report.js';
import { renderSubtitle } from './banner.js';
import { escapeControls } from './escape.js';
import { renderRequests } from './requests.js';
import { renderSpans } from './spans.js';
import { MARK, type View } from './view.js';

/** The In Flight section: requests, then spans as a tree, oldest first; a mark stands before the work that main's code runs in. */
export function renderInFlight(data: InFlightData, view: View): string {
  const { known, requests, requestCount, spans, spanCount, active, note } = data;
  const parts: string[] = [];
  if (known && requestCount === 0 && spanCount === 0)
    parts.push('nothing: no request and no span of the main thread has begun and not ended\n');
  if (requestCount > 0) parts.push(`${renderSubtitle('Requests')}\n${renderRequests(requests, requestCount, view)}\n`);
  if (spanCount > 0) parts.push(`${renderSubtitle('Spans')}\n${renderSpans(spans, spanCount, view)}\n`);
  const marked = [...requests, ...spans].some((one) => one.active);
  if (marked) parts.push(`${MARK} the main thread's code runs in it\n`);
  if (active && !spans.some((span) => span.active))
    parts.push(
      `the main thread's code runs in span ${active.spanId} of trace ${active.traceId}, which is not recorded\n`,
    );
  if (note !== undefined) parts.push(`note = ${escapeControls(note)}\n`);
  return parts.join('');
}
