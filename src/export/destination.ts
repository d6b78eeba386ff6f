/** Where records go, and whether they go at all; what OpenTelemetry's own packages leave unread is read here. */
export type Destination =
  | { readonly kind: 'off' }
  | { readonly kind: 'on'; readonly url: string; readonly timeoutMs: number; readonly problems: readonly string[] };

type Environment = { readonly [name: string]: string | undefined };

const DEFAULT_ENDPOINT = 'http://localhost:4318';

/** By the OpenTelemetry specification's variables. A value that cannot be used is a problem, and the default holds. */
export function readDestination(environment: Environment): Destination {
  const problems: string[] = [];
  if (read(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { kind: 'off' };
  const exporters = (read(environment, 'OTEL_LOGS_EXPORTER') ?? 'otlp').split(',').map((name) => name.trim());
  if (exporters.includes('none')) return { kind: 'off' };
  if (!exporters.includes('otlp'))
    problems.push(`OTEL_LOGS_EXPORTER=${exporters.join(',')} is not understood: expected otlp or none; otlp holds`);
  const protocol = readFor(environment, 'PROTOCOL');
  if (protocol !== undefined && protocol.value !== 'http/json')
    problems.push(`${protocol.name}=${protocol.value} is not spoken here: http/json is, and is used`);
  const timeout = readFor(environment, 'TIMEOUT');
  const timeoutMs = Number(timeout?.value ?? 10_000);
  return {
    kind: 'on',
    url: readUrl(environment, problems),
    timeoutMs: Number.isFinite(timeoutMs) && timeoutMs > 0 ? timeoutMs : 10_000,
    problems,
  };
}

/** The generic endpoint gets the signal's path appended, the logs' own is taken as it is. */
function readUrl(environment: Environment, problems: string[]): string {
  const endpoint = readFor(environment, 'ENDPOINT');
  const fallback = `${DEFAULT_ENDPOINT}/v1/logs`;
  if (!endpoint) return fallback;
  try {
    const url = new URL(endpoint.value);
    if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('protocol');
    if (endpoint.name.includes('LOGS')) return url.href;
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/logs`;
    return url.href;
  } catch {
    problems.push(
      `${endpoint.name}=${endpoint.value} is not understood: expected a URL such as ${DEFAULT_ENDPOINT}; that holds`,
    );
    return fallback;
  }
}

function readFor(environment: Environment, name: string): { name: string; value: string } | undefined {
  for (const variable of [`OTEL_EXPORTER_OTLP_LOGS_${name}`, `OTEL_EXPORTER_OTLP_${name}`]) {
    const value = read(environment, variable);
    if (value !== undefined) return { name: variable, value };
  }
  return undefined;
}

function read(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
}
