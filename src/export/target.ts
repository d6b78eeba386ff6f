import { readFileSync } from 'node:fs';
import { findWrongPair } from './resource.js';

type Environment = { readonly [name: string]: string | undefined };

export type Signal = 'logs' | 'traces';
export type Protocol = 'http/json' | 'http/protobuf';

/** Where a signal goes, or why nowhere. */
export type Target =
  | { readonly kind: 'off'; readonly reason: string; readonly problems: readonly string[] }
  | {
      readonly kind: 'on';
      readonly url: string;
      /** The URL without what it may hold of credentials. */
      readonly shownUrl: string;
      readonly protocol: Protocol;
      readonly timeoutMs: number;
      readonly tls: Tls;
      readonly problems: readonly string[];
    };

export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const DEFAULT_BASE = 'http://localhost:4318';
const DEFAULT_TIMEOUT_MS = 10_000;
const PREFIX = 'OTEL_EXPORTER_OTLP_';

/**
 * What `OTEL_*` say, read as OpenTelemetry specifies. `problems` are sentences about what is not understood: the
 * exporter would tell them to a logger that nobody has set, and send somewhere else.
 */
export function readTarget(signal: Signal, environment: Environment, mask: (text: string) => string): Target {
  const problems: string[] = [];
  const readOwn: ReadOwn = (name) => readEither(signal, environment, name);
  const off = findSwitch(signal, environment, problems);
  if (off !== undefined) return { kind: 'off', reason: mask(off), problems: problems.map(mask) };
  const { variable, value, url } = readUrl(signal, readOwn);
  if (url === undefined) {
    const shown = mask(value.replace(/[^/\s]*@/, '***@'));
    const expected = 'expected a URL such as http://localhost:4318';
    return { kind: 'off', reason: `${variable}=${shown} is not understood: ${expected}`, problems };
  }
  const shownUrl = mask(showUrl(url));
  checkPort(url, problems);
  checkCompression(readOwn, problems);
  checkResource(environment, problems);
  return {
    kind: 'on',
    url: url.href,
    shownUrl,
    protocol: readProtocol(readOwn, problems),
    timeoutMs: readTimeout(readOwn, problems),
    tls: readTls(readOwn, problems),
    problems: problems.map(mask),
  };
}

/** The variable for this signal, else the one for all. */
type ReadOwn = (name: string) => readonly [variable: string, value: string | undefined];

/** Why nothing is to be sent, where that is so. */
function findSwitch(signal: Signal, environment: Environment, problems: string[]): string | undefined {
  // Set by main, for the agent's environment only: the permission model does not reach into worker threads by itself.
  if (environment.GMR_NETWORK_DENIED) return "Node's permission model denies the network (--allow-net)";
  if (read(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return 'OTEL_SDK_DISABLED=true';
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const value = read(environment, variable);
  const names = (value ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const known = names.filter((name) => name === 'none' || name === 'console' || name === 'otlp');
  if (value !== undefined && known.length < names.length)
    problems.push(
      `${variable}=${value} is not understood: expected otlp, console or none; ${known.join(',') || 'otlp'} holds`,
    );
  if (known.length > 0) return known.includes('otlp') ? undefined : `${variable}=${known.join(',')}`;
  return signal === 'traces' ? findOnlyLogs(environment) : undefined;
}

/** Who names a place for logs and none for anything else has none for traces: spans would go to localhost, and be kept. */
function findOnlyLogs(environment: Environment): string | undefined {
  const [logs, ...others] = ['LOGS_ENDPOINT', 'TRACES_ENDPOINT', 'ENDPOINT'].map((name) =>
    read(environment, `${PREFIX}${name}`),
  );
  if (logs === undefined || others.some((one) => one !== undefined)) return undefined;
  return `${PREFIX}LOGS_ENDPOINT is set, and no endpoint for traces`;
}

function readUrl(signal: Signal, readOwn: ReadOwn): { variable: string; value: string; url: URL | undefined } {
  const [variable, value] = readOwn('ENDPOINT');
  const base = value ?? DEFAULT_BASE;
  // The generic endpoint is a base, the one for a signal is taken as it is.
  const isBase = value === undefined || variable === `${PREFIX}ENDPOINT`;
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
  const what = protocol === 'grpc' ? 'OTLP over gRPC is not built in' : 'it is not understood';
  problems.push(`${variable}=${value}: ${what}: expected http/json or http/protobuf; http/json holds`);
  return 'http/json';
}

function checkPort({ protocol, host, port }: URL, problems: string[]): void {
  if (port === '4317')
    problems.push(
      `${protocol}//${host} has the port of OTLP over gRPC, which is not built in: OTLP over HTTP listens on 4318`,
    );
}

function checkCompression(readOwn: ReadOwn, problems: string[]): void {
  const [variable, value] = readOwn('COMPRESSION');
  if (value !== undefined && value !== 'gzip' && value !== 'none')
    problems.push(`${variable}=${value} is not understood: expected gzip or none; none holds`);
}

function checkResource(environment: Environment, problems: string[]): void {
  const wrong = findWrongPair(environment);
  if (wrong !== undefined)
    problems.push(
      `OTEL_RESOURCE_ATTRIBUTES is not understood at ${wrong}: expected key=value, percent-encoded; all of it is left out`,
    );
}

function readTimeout(readOwn: ReadOwn, problems: string[]): number {
  const [variable, value] = readOwn('TIMEOUT');
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  const timeoutMs = Number(value);
  if (timeoutMs > 0 && timeoutMs < 2 ** 31) return timeoutMs;
  problems.push(`${variable}=${value} is not understood: expected milliseconds; ${DEFAULT_TIMEOUT_MS} holds`);
  return DEFAULT_TIMEOUT_MS;
}

function readTls(readOwn: ReadOwn, problems: string[]): Tls {
  const load = (name: string): Buffer | undefined => {
    const [variable, path] = readOwn(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path);
    } catch (error) {
      const { code = String(error) } = error as NodeJS.ErrnoException;
      problems.push(`${variable}=${path} cannot be read (${code}): it is left out`);
      return undefined;
    }
  };
  const ca = load('CERTIFICATE');
  const cert = load('CLIENT_CERTIFICATE');
  const key = load('CLIENT_KEY');
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

function readEither(signal: Signal, environment: Environment, name: string): ReturnType<ReadOwn> {
  const variable = `${PREFIX}${signal.toUpperCase()}_${name}`;
  const own = read(environment, variable);
  const general = read(environment, `${PREFIX}${name}`);
  return own === undefined && general !== undefined ? [`${PREFIX}${name}`, general] : [variable, own];
}

function read(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === '' ? undefined : value;
}
