import { API } from './active-span.js';
import type { TrackingProcessor } from './spans.js';

/**
 * Finds the tracer provider that the application registers with OpenTelemetry's API, and adds a span processor to it.
 *
 *   globalThis[API]  ──▶  api.trace  ──▶  proxy.setDelegate(provider)
 *
 * What is not there yet is awaited with a property that calls back when it is set, once, and is a plain one from then on.
 */
export interface ProviderWatch {
  /** Adds the processor where that has not been done; in case a provider came by another way. */
  check(): void;
  /** The provider that is registered. */
  current(): Provider | undefined;
  /** Why the spans of the registered provider are not seen, where they are not. */
  note(): string | undefined;
  close(): void;
}

/** The parts of a provider of the 1.x, 2.x and 3.x SDKs that matter here. */
export interface Provider {
  readonly _activeSpanProcessor?: Active;
  /** 1.x */
  activeSpanProcessor?: Active;
  addSpanProcessor?(processor: unknown): void;
  readonly _resource?: unknown;
  readonly resource?: unknown;
  getDelegate?(): Provider;
}
interface Active {
  _spanProcessors?: unknown;
  onStart(span: unknown, context: unknown): void;
  onEnd(span: unknown): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
interface Proxy {
  _delegate?: Provider;
  setDelegate?(delegate: Provider): void;
}

export function watchProvider(processor: TrackingProcessor, onProvider: (provider: Provider) => void): ProviderWatch {
  let provider: Provider | undefined;
  let unknown: string | undefined;
  const undo: (() => void)[] = [];

  const take = (given: Provider) => {
    const unwrapped = typeof given.getDelegate === 'function' ? given.getDelegate() : given;
    if (typeof unwrapped !== 'object' || unwrapped === null) return;
    const name = unwrapped.constructor?.name ?? '';
    const known = name === 'NoopTracerProvider' || addTo(unwrapped, processor);
    unknown = known
      ? undefined
      : `spans are not seen: a tracer provider of a shape that is not known is registered (${name}); add InFlightSpanProcessor to it`;
    if (unwrapped !== provider) {
      provider = unwrapped;
      onProvider(unwrapped);
    }
  };
  const onProxy = (proxy: Proxy) => {
    if (proxy._delegate) take(proxy._delegate);
    else if (typeof proxy.setDelegate !== 'function') take(proxy as Provider);
    else undo.push(onDelegate(proxy, take));
  };
  const onApi = (api: { trace?: Proxy }) => {
    if (api.trace) onProxy(api.trace);
    else undo.push(onceSet(api, 'trace', (proxy) => onProxy(proxy as Proxy)));
  };
  const readApi = () => (globalThis as { [API]?: { trace?: Proxy } })[API];

  guarded(() => {
    const api = readApi();
    if (api) onApi(api);
    else undo.push(onceSet(globalThis, API, (set) => onApi(set as { trace?: Proxy })));
  });
  return {
    check: () => guarded(() => readApi()?.trace?._delegate && take(readApi()?.trace?._delegate as Provider)),
    current: () => provider,
    note: () => unknown,
    close: () => undo.forEach(guarded),
  };
}

/** Calls back when `holder[key]` is set for the first time. */
function onceSet(holder: object, key: PropertyKey, onSet: (value: unknown) => void): () => void {
  const set = (value: unknown) => {
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
    if (typeof value === 'object' && value !== null) guarded(() => onSet(value));
  };
  // False where the holder is frozen: nothing can be set there later either.
  Reflect.defineProperty(holder, key, { get: () => undefined, set, enumerable: false, configurable: true });
  return () => {
    if (Object.getOwnPropertyDescriptor(holder, key)?.set === set) Reflect.deleteProperty(holder, key);
  };
}

function onDelegate(proxy: Proxy, take: (provider: Provider) => void): () => void {
  // Not looked up again when it is called: somebody may have wrapped ours by then, and would be called by what he calls.
  const { setDelegate: original } = proxy;
  const hooked = function setDelegate(this: Proxy, delegate: Provider) {
    restore();
    if (original) Reflect.apply(original, proxy, [delegate]);
    guarded(() => take(delegate));
  };
  const before = Object.getOwnPropertyDescriptor(proxy, 'setDelegate');
  const restore = () => {
    if (Object.getOwnPropertyDescriptor(proxy, 'setDelegate')?.value !== hooked) return;
    if (before) Object.defineProperty(proxy, 'setDelegate', before);
    else Reflect.deleteProperty(proxy, 'setDelegate');
  };
  Object.defineProperty(proxy, 'setDelegate', { value: hooked, writable: true, enumerable: false, configurable: true });
  return restore;
}

/** First in the row: one of the application's that throws is not between the span and ours. */
function addTo(provider: Provider, processor: TrackingProcessor): boolean {
  const active = provider._activeSpanProcessor ?? provider.activeSpanProcessor;
  // It is asked at each report.
  if (active && ours.has(active)) return true;
  const list = active?._spanProcessors;
  if (active && Array.isArray(list)) {
    if (list.includes(processor)) return true;
    // The application may hold this very list, and add to it: it is kept where that is possible.
    if (Object.isExtensible(list)) list.unshift(processor);
    else active._spanProcessors = [processor, ...list];
    return true;
  }
  if (!active || typeof provider.addSpanProcessor !== 'function') return false;
  return addBefore(provider, active, processor);
}

/** What `addBefore` has put before the one that was there. */
const ours = new WeakSet<object>();

/**
 * 1.x without processors, or with the one that the environment asked for. Its `addSpanProcessor` would shut that one
 * down, so ours goes before it, and moves into the row that a processor of the application starts.
 */
function addBefore(provider: Provider, active: Active, processor: TrackingProcessor): boolean {
  const both: Active = {
    onStart(span, context) {
      processor.onStart(span);
      active.onStart(span, context);
    },
    onEnd(span) {
      processor.onEnd(span);
      active.onEnd(span);
    },
    forceFlush: () => active.forceFlush(),
    shutdown: () => active.shutdown(),
  };
  ours.add(both);
  provider.activeSpanProcessor = both;
  const add = (added: unknown) => {
    Reflect.deleteProperty(provider, 'addSpanProcessor');
    provider.addSpanProcessor?.(added);
    guarded(() => addTo(provider, processor));
  };
  Object.defineProperty(provider, 'addSpanProcessor', { value: add, configurable: true, writable: true });
  return true;
}

/** None of this may be felt by the application. */
function guarded(act: () => unknown): void {
  try {
    act();
  } catch {}
}
