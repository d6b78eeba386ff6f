const api = require('@opentelemetry/api');
const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

import('../traced.mjs').then(({ processors, serve }) => {
  new NodeTracerProvider({ spanProcessors: processors() }).register();
  return serve(api);
});
