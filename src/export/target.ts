import { readFileSync } from 'node:fs';
import { findWrongPair } from './resource.js';

type Environment = { readonly [name: string]: string | undefined };

/** Where log records go, or why nowhere. */
export type Target =
  | { readonly kind: 'off'; readonly reason: string; readonly problems: readonly string[] }
  | {
      readonly kind: 'on';
      readonly url: string;
      /** The URL without what it may hold of credentials. */
      readonly shownUrl: string;
      readonly timeoutMs: number;
      readonly tls: Tls;
      readonly problems: readonly string[];
    };

export interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const DEFAULT_URL = 'http://localhost:4318/v1/logs';
const DEFAULT_TIMEOUT_MS = 10_000;
const PREFIX = 'OTEL_EXPORTER_OTLP_';

/**
 * What `OTEL_*` say, read as OpenTelemetry specifies. `problems` are sentences about what is not understood: the
 * exporter would tell them to a logger that nobody has set, and send somewhere else.
 */
export function readTarget(environment: Environment, mask: (text: string) => string): Target {
  const problems: string[] = [];
  const off = findSwitch(environment, problems);
  if (off !== undefined) return { kind: 'off', reason: mask(off), problems: problems.map(mask) };
  const { variable, value, url } = readUrl(environment);
  if (url === undefined) {
    const shown = mask(value.replace(/[^/\s]*@/, '***@'));
    const expected = 'expected a URL such as http://localhost:4318';
    return { kind: 'off', reason: `${variable}=${shown} is not understood: ${expected}`, problems };
  }
  const shownUrl = mask(showUrl(url));
  checkProtocol(environment, url, shownUrl, problems);
  checkCompression(environment, problems);
  checkResource(environment, problems);
  return {
    kind: 'on',
    url: url.href,
    shownUrl,
    timeoutMs: readTimeout(environment, problems),
    tls: readTls(environment, problems),
    problems: problems.map(mask),
  };
}

/** Why nothing is to be sent, where that is so. */
function findSwitch(environment: Environment, problems: string[]): string | undefined {
  // Set by main, for the agent's environment only: the permission model does not reach into worker threads by itself.
  if (environment.GMR_NETWORK_DENIED) return "Node's permission model denies the network (--allow-net)";
  if (read(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return 'OTEL_SDK_DISABLED=true';
  const value = read(environment, 'OTEL_LOGS_EXPORTER');
  const names = (value ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const known = names.filter((name) => name === 'none' || name === 'console' || name === 'otlp');
  if (value !== undefined && known.length < names.length)
    problems.push(
      `OTEL_LOGS_EXPORTER=${value} is not understood: expected otlp, console or none; ${known.join(',') || 'otlp'} holds`,
    );
  return known.length === 0 || known.includes('otlp') ? undefined : `OTEL_LOGS_EXPORTER=${known.join(',')}`;
}

function readUrl(environment: Environment): { variable: string; value: string; url: URL | undefined } {
  const [variable, value = DEFAULT_URL] = readEither(environment, 'ENDPOINT');
  // The generic endpoint is a base, the one for logs is taken as it is.
  const text = variable === `${PREFIX}ENDPOINT` ? `${value}${value.endsWith('/') ? '' : '/'}v1/logs` : value;
  const url = URL.canParse(value) && URL.canParse(text) ? new URL(text) : undefined;
  return { variable, value, url: url && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined };
}

function showUrl({ protocol, username, password, host, pathname, searchParams }: URL): string {
  const login = username === '' && password === '' ? '' : '***@';
  const query = [...searchParams.keys()].map((name) => `${name}=***`).join('&');
  return `${protocol}//${login}${host}${pathname}${query === '' ? '' : `?${query}`}`;
}

function checkProtocol(environment: Environment, url: URL, shownUrl: string, problems: string[]): void {
  const [variable, value] = readEither(environment, 'PROTOCOL');
  if (value !== undefined && value.toLowerCase() !== 'http/json')
    problems.push(`${variable}=${value}: only http/json is built in, and is what goes to ${shownUrl}`);
  if (url.port === '4317')
    problems.push(`${shownUrl} has the port of OTLP over gRPC, which is not built in: OTLP over HTTP listens on 4318`);
}

function checkCompression(environment: Environment, problems: string[]): void {
  const [variable, value] = readEither(environment, 'COMPRESSION');
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

function readTimeout(environment: Environment, problems: string[]): number {
  const [variable, value] = readEither(environment, 'TIMEOUT');
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  const timeoutMs = Number(value);
  if (timeoutMs > 0 && timeoutMs < 2 ** 31) return timeoutMs;
  problems.push(`${variable}=${value} is not understood: expected milliseconds; ${DEFAULT_TIMEOUT_MS} holds`);
  return DEFAULT_TIMEOUT_MS;
}

function readTls(environment: Environment, problems: string[]): Tls {
  const load = (name: string): Buffer | undefined => {
    const [variable, path] = readEither(environment, name);
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

/** The variable for logs, else the one for all signals. */
function readEither(environment: Environment, name: string): [variable: string, value: string | undefined] {
  const own = read(environment, `${PREFIX}LOGS_${name}`);
  if (own !== undefined) return [`${PREFIX}LOGS_${name}`, own];
  const general = read(environment, `${PREFIX}${name}`);
  return general === undefined ? [`${PREFIX}LOGS_${name}`, undefined] : [`${PREFIX}${name}`, general];
}

function read(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === '' ? undefined : value;
}
