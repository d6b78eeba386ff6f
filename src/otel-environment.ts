import type { OtlpSettings } from './otlp-options.js';

/*
 * Every `OTEL_*` variable that this package reads itself, as OpenTelemetry specifies it, and the options of `setupAutorun`
 * that stand in for them. Headers of the environment are left to the official exporters.
 */

type Environment = { readonly [name: string]: string | undefined };

export type Signal = 'logs' | 'traces';
export type Protocol = 'http/json' | 'http/protobuf';

/**
 * The destination of a signal, or the reason why it has none; `problems` are sentences about settings that are ignored.
 */
export type Target =
  | { readonly kind: 'off'; readonly reason: string; readonly problems: readonly string[] }
  | {
      readonly kind: 'on';
      readonly url: string;
      /** The URL without the credentials that it may hold. */
      readonly shownUrl: string;
      readonly protocol: Protocol;
      readonly gzip: boolean;
      /** For one request, from its start to the end of its answer. */
      readonly timeoutMs: number;
      readonly certificates: Certificates;
      readonly problems: readonly string[];
    };

/** Files in PEM, each with the variable or the option that names it. */
export type Certificates = {
  readonly [use in 'ca' | 'cert' | 'key']?: { readonly variable: string; readonly path: string };
};

/** The attributes of `OTEL_RESOURCE_ATTRIBUTES`; a pair that is not `key=value`, percent-encoded, is skipped. */
export interface NamedAttributes {
  readonly attributes: { readonly [name: string]: string };
  readonly skipped: readonly string[];
}

const DEFAULT_BASE = 'http://localhost:4318';
const DEFAULT_TIMEOUT_MS = 10_000;
const PREFIX = 'OTEL_EXPORTER_OTLP_';
/** OpenTelemetry's own bound of a pair's key and value. */
const MAX_NAMED = 255;

export function readResourceAttributes({ OTEL_RESOURCE_ATTRIBUTES: text = '' }: Environment): NamedAttributes {
  const attributes: { [name: string]: string } = {};
  const skipped: string[] = [];
  for (const pair of text.split(',').filter((one) => one.trim() !== '')) {
    const read = readPair(pair);
    if (read === undefined) skipped.push(pair.trim());
    else attributes[read[0]] = read[1];
  }
  return { attributes, skipped };
}

/**
 * The service's name as the environment gives it: `OTEL_SERVICE_NAME`, else `service.name` of the resource attributes.
 */
export function readServiceName(environment: Environment): string | undefined {
  return (
    read(environment, 'OTEL_SERVICE_NAME') ??
    (readResourceAttributes(environment).attributes['service.name'] || undefined)
  );
}

/** The destination of a signal: a variable comes first, then the option, then the default. */
export function readTarget(
  signal: Signal,
  environment: Environment,
  mask: (text: string) => string,
  options: OtlpSettings = {},
): Target {
  const problems: string[] = [];
  const readOwn: ReadOwn = (name) => readEither(signal, environment, options, name);
  const off = findSwitch(signal, environment, options, problems);
  if (off !== undefined) return { kind: 'off', reason: mask(off), problems: problems.map(mask) };
  const { variable, value, url } = readUrl(signal, readOwn);
  if (url === undefined) {
    const shown = mask(value.replace(/[^/\s]*@/, '***@'));
    const expected = 'expected a URL such as http://localhost:4318';
    return { kind: 'off', reason: `${variable}=${shown} is not a URL: ${expected}`, problems };
  }
  checkPort(url, problems);
  checkResource(environment, problems);
  return {
    kind: 'on',
    url: url.href,
    shownUrl: mask(showUrl(url)),
    protocol: readProtocol(readOwn, problems),
    gzip: readGzip(readOwn, problems),
    timeoutMs: readTimeout(readOwn, problems),
    certificates: {
      ...readPath(readOwn, 'ca', 'CERTIFICATE'),
      ...readPath(readOwn, 'cert', 'CLIENT_CERTIFICATE'),
      ...readPath(readOwn, 'key', 'CLIENT_KEY'),
    },
    problems: problems.map(mask),
  };
}

/** The last parts of the variables' names, with the options of the same meaning. */
const OPTIONS = {
  ENDPOINT: 'endpoint',
  PROTOCOL: 'protocol',
  COMPRESSION: 'compression',
  TIMEOUT: 'timeoutMs',
  CERTIFICATE: 'certificate',
  CLIENT_CERTIFICATE: 'clientCertificate',
  CLIENT_KEY: 'clientKey',
} as const;
const OWN_ENDPOINT = { logs: 'logsEndpoint', traces: 'tracesEndpoint' } as const;
const BASES: readonly string[] = [`${PREFIX}ENDPOINT`, 'otlp.endpoint'];

/** The variable for this signal, else the one for all, else the option. */
type ReadOwn = (name: keyof typeof OPTIONS) => readonly [variable: string, value: string | undefined];

/** Names of the headers that the environment gives for a signal, in lower case. */
export function readHeaderNames(signal: Signal, environment: Environment): ReadonlySet<string> {
  const texts = [`${PREFIX}HEADERS`, `${PREFIX}${signal.toUpperCase()}_HEADERS`].map((name) => read(environment, name));
  const pairs = texts.flatMap((text) => text?.split(',') ?? []);
  return new Set(pairs.map((pair) => (pair.split('=')[0] ?? '').trim().toLowerCase()));
}

function readPair(pair: string): [name: string, value: string] | undefined {
  try {
    const [key = '', value, ...more] = pair.split('=');
    if (more.length > 0 || value === undefined || key.trim() === '') return undefined;
    if (Math.max(key.length, value.length) > MAX_NAMED) return undefined;
    return [decodeURIComponent(key.trim()), decodeURIComponent(value.trim())];
  } catch {
    return undefined;
  }
}

/** The reason why nothing is sent; undefined if the signal is on. */
function findSwitch(
  signal: Signal,
  environment: Environment,
  options: OtlpSettings,
  problems: string[],
): string | undefined {
  // Main sets it in the agent's environment, since the permission model does not apply to worker threads.
  if (environment.GMR_NETWORK_DENIED) return "Node's permission model denies the network (--allow-net)";
  if (read(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return 'OTEL_SDK_DISABLED=true';
  if (options.isOff) return 'otlp: false';
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const value = read(environment, variable);
  const names = (value ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const known = names.filter((name) => name === 'none' || name === 'console' || name === 'otlp');
  if (value !== undefined && known.length < names.length)
    problems.push(`ignoring ${variable}=${value}: expected otlp, console or none; using ${known.join(',') || 'otlp'}`);
  if (known.length > 0) return known.includes('otlp') ? undefined : `${variable}=${known.join(',')}`;
  return signal === 'traces' ? findOnlyLogs(environment, options) : undefined;
}

/** With an endpoint for logs alone, spans would go to localhost, and be kept there. */
function findOnlyLogs(environment: Environment, options: OtlpSettings): string | undefined {
  const [, named] = readEither('traces', environment, options, 'ENDPOINT');
  const [logs, url] = readEither('logs', environment, options, 'ENDPOINT');
  if (url === undefined || BASES.includes(logs) || named !== undefined) return undefined;
  return `${logs} is set, and no endpoint for traces`;
}

function readUrl(signal: Signal, readOwn: ReadOwn): { variable: string; value: string; url: URL | undefined } {
  const [variable, value] = readOwn('ENDPOINT');
  const base = value ?? DEFAULT_BASE;
  // The generic endpoint is a base, the one for a signal is taken as it is.
  const isBase = value === undefined || BASES.includes(variable);
  const text = isBase ? `${base}${base.endsWith('/') ? '' : '/'}v1/${signal}` : base;
  const url = URL.canParse(base) && URL.canParse(text) ? new URL(text) : undefined;
  return { variable, value: base, url: url && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined };
}

function showUrl({ protocol, username, password, host, pathname, searchParams }: URL): string {
  const login = username === '' && password === '' ? '' : '***@';
  const query = [...searchParams.keys()].map((name) => `${name}=***`).join('&');
  return `${protocol}//${login}${host}${pathname}${query === '' ? '' : `?${query}`}`;
}

function readProtocol(readOwn: ReadOwn, problems: string[]): Protocol {
  const [variable, value = 'http/json'] = readOwn('PROTOCOL');
  const protocol = value.toLowerCase();
  if (protocol === 'http/json' || protocol === 'http/protobuf') return protocol;
  const hint = protocol === 'grpc' ? ' (OTLP over gRPC is not built in)' : '';
  problems.push(`ignoring ${variable}=${value}: expected http/json or http/protobuf${hint}; using http/json`);
  return 'http/json';
}

function checkPort({ protocol, host, port }: URL, problems: string[]): void {
  if (port === '4317')
    problems.push(
      `${protocol}//${host} has the port of OTLP over gRPC, which is not built in: OTLP over HTTP listens on 4318`,
    );
}

function checkResource(environment: Environment, problems: string[]): void {
  for (const pair of readResourceAttributes(environment).skipped)
    problems.push(`ignoring ${pair} in OTEL_RESOURCE_ATTRIBUTES: expected key=value, percent-encoded`);
}

function readGzip(readOwn: ReadOwn, problems: string[]): boolean {
  const [variable, value] = readOwn('COMPRESSION');
  if (value !== undefined && value !== 'gzip' && value !== 'none')
    problems.push(`ignoring ${variable}=${value}: expected gzip or none; using none`);
  return value === 'gzip';
}

function readTimeout(readOwn: ReadOwn, problems: string[]): number {
  const [variable, value] = readOwn('TIMEOUT');
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  const timeoutMs = Number(value);
  if (timeoutMs > 0 && timeoutMs < 2 ** 31) return timeoutMs;
  problems.push(`ignoring ${variable}=${value}: expected milliseconds; using ${DEFAULT_TIMEOUT_MS}`);
  return DEFAULT_TIMEOUT_MS;
}

function readPath(readOwn: ReadOwn, use: keyof Certificates, name: keyof typeof OPTIONS): Certificates {
  const [variable, path] = readOwn(name);
  return path === undefined ? {} : { [use]: { variable, path } };
}

function readEither(
  signal: Signal,
  environment: Environment,
  options: OtlpSettings,
  name: keyof typeof OPTIONS,
): ReturnType<ReadOwn> {
  const variable = `${PREFIX}${signal.toUpperCase()}_${name}`;
  for (const one of [variable, `${PREFIX}${name}`]) {
    const value = read(environment, one);
    if (value !== undefined) return [one, value];
  }
  const own = name === 'ENDPOINT' ? options[OWN_ENDPOINT[signal]] : undefined;
  if (own !== undefined) return [`otlp.${OWN_ENDPOINT[signal]}`, own];
  const option = options[OPTIONS[name]];
  return option === undefined ? [variable, undefined] : [`otlp.${OPTIONS[name]}`, option];
}

function read(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === '' ? undefined : value;
}
