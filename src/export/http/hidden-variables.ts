/** The official exporters read these files themselves, and would wait for a FIFO or a server that is gone. */
const FILES = /^OTEL_EXPORTER_OTLP_.*(CERTIFICATE|CLIENT_KEY)$/;

/** Runs `work` without the variables that name files; they are put back. */
export function hideFiles<T>(work: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => FILES.test(name));
  for (const [name] of hidden) delete process.env[name];
  try {
    return work();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
