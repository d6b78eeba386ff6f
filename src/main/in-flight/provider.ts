import { quietly } from '../quietly.js';
import { type ActiveProcessor, API, type Provider, type ProxyProvider, type TrackingProcessor } from './sdk.js';

/**
 * Finds the tracer provider that the application registers with OpenTelemetry's API, and adds a span processor to it.
 *
 *   globalThis[API]  ──▶  api.trace  ──▶  proxy.setDelegate(provider)
 *
 * For an object that does not exist yet, it defines a property that calls back when it is first set, and is a plain
 * property from then on.
 */
export interface ProviderWatch {
  /** Adds the processor if it is missing: a provider may have been registered in another way. */
  check(): void;
  /** The provider that is registered. */
  current(): Provider | undefined;
  /** The reason, if the spans of the registered provider cannot be seen. */
  note(): string | undefined;
  close(): void;
}

/** Adds the processor to a provider, or to the one behind a proxy. It never throws; added twice it counts once. */
export function addSpanProcessor(provider: Provider, processor: TrackingProcessor): void {
  quietly(() => {
    const unwrapped = unwrap(provider);
    if (unwrapped) addTo(unwrapped, processor);
  });
}

/** The provider behind a proxy, or the same; undefined if it is no object. */
function unwrap(provider: Provider): Provider | undefined {
  const unwrapped: unknown = typeof provider.getDelegate === 'function' ? provider.getDelegate() : provider;
  return typeof unwrapped === 'object' && unwrapped !== null ? unwrapped : undefined;
}

export function watchProvider(processor: TrackingProcessor, onProvider: (provider: Provider) => void): ProviderWatch {
  let provider: Provider | undefined;
  let unknown: string | undefined;
  const undo: (() => void)[] = [];

  const take = (given: Provider) => {
    const unwrapped = unwrap(given);
    if (!unwrapped) return;
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
  const onProxy = (proxy: ProxyProvider) => {
    if (proxy._delegate) take(proxy._delegate);
    else if (typeof proxy.setDelegate !== 'function') take(proxy as Provider);
    else undo.push(onDelegate(proxy, take));
  };
  const onApi = (api: { trace?: ProxyProvider }) => {
    if (api.trace) onProxy(api.trace);
    else undo.push(onceSet(api, 'trace', (proxy) => onProxy(proxy as ProxyProvider)));
  };
  const readApi = () => (globalThis as { [API]?: { trace?: ProxyProvider } })[API];

  quietly(() => {
    const api = readApi();
    if (api) onApi(api);
    else undo.push(onceSet(globalThis, API, (set) => onApi(set as { trace?: ProxyProvider })));
  });
  return {
    check: () =>
      quietly(() => {
        const delegate = readApi()?.trace?._delegate;
        if (delegate) take(delegate);
      }),
    current: () => provider,
    note: () => unknown,
    close: () => undo.forEach(quietly),
  };
}

/** Calls back when `holder[key]` is set for the first time. */
function onceSet(holder: object, key: PropertyKey, onSet: (value: unknown) => void): () => void {
  const set = (value: unknown) => {
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
    if (typeof value === 'object' && value !== null) quietly(() => onSet(value));
  };
  // It fails if the holder is frozen: the key cannot be set later either.
  Reflect.defineProperty(holder, key, { get: () => undefined, set, enumerable: false, configurable: true });
  return () => {
    if (Object.getOwnPropertyDescriptor(holder, key)?.set === set) Reflect.deleteProperty(holder, key);
  };
}

function onDelegate(proxy: ProxyProvider, take: (provider: Provider) => void): () => void {
  // Not looked up again at the call: another library may have wrapped ours by then, and the two would call each other
  // for ever.
  const { setDelegate: original } = proxy;
  const hooked = function setDelegate(this: ProxyProvider, delegate: Provider) {
    restore();
    if (original) Reflect.apply(original, proxy, [delegate]);
    quietly(() => take(delegate));
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

/** Adds it before the others: an application's processor that throws does not keep spans from it. */
function addTo(provider: Provider, processor: TrackingProcessor): boolean {
  const active = provider._activeSpanProcessor ?? provider.activeSpanProcessor;
  // This check runs for each report.
  if (active && ours.has(active)) return true;
  const list = active?._spanProcessors;
  if (active && Array.isArray(list)) {
    if (list.includes(processor)) return true;
    // The application may hold this list and add to it, so the list is kept if it can be extended.
    if (Object.isExtensible(list)) list.unshift(processor);
    else active._spanProcessors = [processor, ...list];
    return true;
  }
  if (!active || typeof provider.addSpanProcessor !== 'function') return false;
  return addBefore(provider, active, processor);
}

/** The processors that `addBefore` has created. */
const ours = new WeakSet<object>();

/**
 * For the SDK 1.x without processors, or with the one that the environment configures. Its `addSpanProcessor` would
 * shut that one down, so ours wraps it, and moves into the list once the application adds a processor.
 */
function addBefore(provider: Provider, active: ActiveProcessor, processor: TrackingProcessor): boolean {
  const both: ActiveProcessor = {
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
    quietly(() => addTo(provider, processor));
  };
  Object.defineProperty(provider, 'addSpanProcessor', { value: add, configurable: true, writable: true });
  return true;
}
