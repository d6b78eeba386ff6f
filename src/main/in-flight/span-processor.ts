import { spanTracker } from './spans.js';

/**
 * A SpanProcessor that knows which spans have started and not ended, for the In Flight section and for the report's id
 * on each of them. It is added on its own to the provider that an application registers with OpenTelemetry's API; give
 * it to a provider that is not registered, or that is not one of OpenTelemetry's own. Added twice it counts once.
 *
 * Works with the SDK's 1.x, 2.x and 3.x lines. Holds no span, exports nothing.
 */
export class InFlightSpanProcessor {
  onStart(span: unknown, _context?: unknown): void {
    spanTracker().processor.onStart(span);
  }

  onEnd(span: unknown): void {
    spanTracker().processor.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
