// A program that starts OpenTelemetry in code, with this package among its instrumentations. It keeps what its SDK gets.
import { metrics, trace } from '@opentelemetry/api';

export async function run({ NodeSDK, PeriodicExportingMetricReader }) {
  const { GuruMeditationInstrumentation } = await import(process.env.INSTRUMENTATION);
  const records = [];
  const points = {};
  const exporter = {
    export({ scopeMetrics }, done) {
      for (const { descriptor, dataPoints } of scopeMetrics.flatMap(({ metrics }) => metrics))
        points[descriptor.name] = dataPoints.map(({ value, attributes }) => ({ value, attributes }));
      done({ code: 0 });
    },
    selectAggregationTemporality: () => 1,
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
  const onEmit = ({ attributes, spanContext }) =>
    records.push({
      section: attributes['gmr.section.name'],
      id: attributes['gmr.report.id'],
      traceId: spanContext?.traceId,
    });
  const sdk = new NodeSDK({
    autoDetectResources: false,
    serviceName: 'instrumented',
    spanProcessors: [{ onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} }],
    logRecordProcessors: [{ onEmit, forceFlush: async () => {}, shutdown: async () => {} }],
    metricReader: reader,
    metricReaders: [reader],
    instrumentations: [new GuruMeditationInstrumentation(JSON.parse(process.env.CONFIG ?? '{}'))],
  });
  sdk.start();
  metrics.getMeter('shop').createCounter('orders').add(1);
  const span = trace.getTracer('shop').startSpan('open order');
  process.on('SIGWINCH', async () => {
    await reader.forceFlush();
    console.log(JSON.stringify({ records, points }));
  });
  process.on('SIGHUP', async () => {
    await sdk.shutdown();
    console.log('shut down', span.spanContext().spanId);
  });
  setInterval(() => {}, 1000);
  console.log('up');
}
