import { afterEach, expect, test } from 'vitest';
import { watchProvider } from '../../src/main/in-flight/provider.js';

const API = Symbol.for('opentelemetry.js.api.1');
const global = globalThis as { [API]?: unknown };

afterEach(() => {
  Reflect.deleteProperty(global, API);
});

function countingProcessor() {
  const started: unknown[] = [];
  const processor = {
    onStart: (span: unknown) => void started.push(span),
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  return { started, processor };
}

function silentProcessor() {
  return { onStart() {}, onEnd() {}, forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() };
}

test('a provider of the 1.x SDK without processors gets ours once, however often it is looked at', () => {
  const { started, processor } = countingProcessor();
  const provider = { activeSpanProcessor: silentProcessor(), addSpanProcessor() {} };
  global[API] = { trace: { _delegate: provider, setDelegate() {} } };
  const watch = watchProvider(processor, () => {});
  const first = provider.activeSpanProcessor;
  for (let report = 0; report < 3; report += 1) watch.check();
  expect(provider.activeSpanProcessor).toBe(first);
  (first.onStart as (span: unknown) => void)('span');
  expect(started).toEqual(['span']);
  watch.close();
});

test('a wrapper of setDelegate that is set after ours passes its call through once', () => {
  const delegates: unknown[] = [];
  const proxy = {
    setDelegate(delegate: unknown) {
      delegates.push(delegate);
    },
  };
  global[API] = { trace: proxy };
  const found: unknown[] = [];
  const watch = watchProvider(countingProcessor().processor, (provider) => found.push(provider));
  const { setDelegate } = proxy;
  proxy.setDelegate = (delegate) => setDelegate.call(proxy, delegate);
  const provider = { _activeSpanProcessor: { ...silentProcessor(), _spanProcessors: [] } };
  proxy.setDelegate(provider);
  expect(delegates).toEqual([provider]);
  expect(found).toEqual([provider]);
  watch.close();
});
