import type { ActiveSpan } from '../../report.js';
import { boundText } from '../characters.js';
import { API, type SdkSpan, SPAN } from './sdk.js';
import { toSpanReference } from './traceparent.js';

const MAX_NAME = 1000;

interface Api {
  readonly context?: { active?(): { getValue?(key: symbol): unknown } | undefined };
}

/** The span that code runs in, and the SDK's own object for it. */
export interface FoundSpan {
  readonly reference: ActiveSpan;
  readonly span: SdkSpan;
}

/**
 * The span in whose context the caller runs. In the collect hook, this is the context of the interrupted code. Loads
 * nothing. Undefined if the application's context manager throws.
 */
export function findActiveSpan(): FoundSpan | undefined {
  try {
    const api = (globalThis as { [API]?: Api })[API];
    const span = api?.context?.active?.()?.getValue?.(SPAN) as SdkSpan | undefined;
    const reference = toSpanReference(span?.spanContext());
    if (!span || !reference) return undefined;
    const { name } = span;
    return {
      span,
      reference: typeof name === 'string' ? { ...reference, name: boundText(name, MAX_NAME) } : reference,
    };
  } catch {
    return undefined;
  }
}
