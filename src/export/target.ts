import type { ExporterSettings } from '../exporter-option.js';
import { readResourceAttributes, readVariable } from '../otel-environment.js';
import { readSetting, type Setting, type SettingName, type Signal, type TargetSources } from './target-sources.js';

export type Protocol = 'http/json' | 'http/protobuf' | 'grpc';

/**
 * The destination of a signal, or the reason why it has none; `problems` are sentences about settings that are ignored.
 */
export type Target =
  | { readonly kind: 'off'; readonly reason: string; readonly problems: readonly string[] }
  | OtlpTarget
  | {
      readonly kind: 'module';
      readonly exporter: ExporterSettings;
      /** The module's name. */
      readonly shownUrl: string;
      readonly timeoutMs: number;
      readonly problems: readonly string[];
    };

export interface OtlpTarget {
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
}

/** Files in PEM, each with the variable or the option that names it. */
export type Certificates = {
  readonly [use in 'ca' | 'cert' | 'key']?: { readonly variable: string; readonly path: string };
};

const DEFAULT_TIMEOUT_MS = 10_000;

/** Masks secrets in a text. */
type Mask = (text: string) => string;
type Read = (name: SettingName) => Setting;

/** The target of each signal. */
export function listTargets(sources: TargetSources, mask: Mask): readonly Target[] {
  return (['logs', 'traces'] satisfies Signal[]).map((signal) => readTarget(signal, sources, mask));
}

export function readTarget(signal: Signal, sources: TargetSources, mask: Mask): Target {
  const problems: string[] = [];
  const { options = {} } = sources;
  const read: Read = (name) => readSetting(signal, sources, name);
  const off = findSwitch(signal, sources, problems);
  if (off !== undefined) return { kind: 'off', reason: mask(off), problems: problems.map(mask) };
  checkResource(sources, problems);
  const timeoutMs = readTimeout(read, problems);
  if (options.exporter) {
    const shownUrl = `exporter ${mask(options.exporter.module)}`;
    return { kind: 'module', exporter: options.exporter, shownUrl, timeoutMs, problems: problems.map(mask) };
  }
  const protocol = readProtocol(read, problems);
  const { name, value, url } = readUrl(signal, protocol, read);
  if (url === undefined) {
    const shown = mask(value.replace(/[^/\s]*@/, '***@'));
    const expected = 'expected a URL such as http://localhost:4318';
    return { kind: 'off', reason: `${name}=${shown} is not a URL: ${expected}`, problems: problems.map(mask) };
  }
  checkPort(url, protocol, problems);
  return {
    kind: 'on',
    url: url.href,
    shownUrl: mask(showUrl(url, protocol)),
    protocol,
    gzip: readGzip(read, problems),
    timeoutMs,
    certificates: {
      ...readPath(read, 'ca', 'CERTIFICATE'),
      ...readPath(read, 'cert', 'CLIENT_CERTIFICATE'),
      ...readPath(read, 'key', 'CLIENT_KEY'),
    },
    problems: problems.map(mask),
  };
}

/** The reason why nothing is sent; undefined if the signal is on. */
function findSwitch(signal: Signal, sources: TargetSources, problems: string[]): string | undefined {
  const { environment, options = {}, file } = sources;
  // Main sets it in the agent's environment, since the permission model does not apply to worker threads.
  if (environment.GMR_NETWORK_DENIED) return "Node's permission model denies the network (--allow-net)";
  if (readVariable(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return 'OTEL_SDK_DISABLED=true';
  if (file?.isDisabled && readVariable(environment, 'OTEL_SDK_DISABLED') === undefined)
    return 'OTEL_CONFIG_FILE has disabled: true';
  if (options.isOff) return 'otlp: false';
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const value = readVariable(environment, variable);
  const names = (value ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const known = names.filter((name) => name === 'none' || name === 'console' || name === 'otlp');
  if (value !== undefined && known.length < names.length)
    problems.push(`ignoring ${variable}=${value}: expected otlp, console or none; using ${known.join(',') || 'otlp'}`);
  if (known.length > 0) return known.includes('otlp') ? undefined : `${variable}=${known.join(',')}`;
  if (options.exporter) return undefined;
  const { value: endpoint } = readSetting(signal, sources, 'ENDPOINT');
  if (file && !file[signal] && endpoint === undefined) return `OTEL_CONFIG_FILE has no OTLP exporter of ${signal}`;
  return signal === 'traces' ? findOnlyLogs(sources) : undefined;
}

/** With an endpoint for logs alone, spans would go to localhost, and be kept there. */
function findOnlyLogs(sources: TargetSources): string | undefined {
  const logs = readSetting('logs', sources, 'ENDPOINT');
  if (logs.value === undefined || logs.isBase || readSetting('traces', sources, 'ENDPOINT').value !== undefined)
    return undefined;
  return sources.file?.traces ? undefined : `${logs.name} is set, and no endpoint for traces`;
}

function readUrl(
  signal: Signal,
  protocol: Protocol,
  read: Read,
): { readonly name: string; readonly value: string; readonly url: URL | undefined } {
  const { name, value, isBase } = read('ENDPOINT');
  const isGrpc = protocol === 'grpc';
  const base = value ?? `http://localhost:${isGrpc ? 4317 : 4318}`;
  // OpenTelemetry allows `host:port` for gRPC alone.
  const scheme = read('INSECURE').value?.toLowerCase() === 'true' ? 'http' : 'https';
  const whole = isGrpc && !base.includes('://') ? `${scheme}://${base}` : base;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  // The generic endpoint is a base, the one for a signal is taken as it is. gRPC has a path of its own. A query stays behind the path.
  if (url && isBase && !isGrpc) url.pathname += `${url.pathname.endsWith('/') ? '' : '/'}v1/${signal}`;
  return { name, value: base, url: url && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined };
}

function showUrl({ protocol, username, password, host, pathname, searchParams }: URL, by: Protocol): string {
  const login = username === '' && password === '' ? '' : '***@';
  // As gRPC itself, and many tools, name it: the sentence says that it is not HTTP.
  if (by === 'grpc') return `${protocol === 'https:' ? 'grpcs' : 'grpc'}://${login}${host}`;
  const query = [...searchParams.keys()].map((name) => `${name}=***`).join('&');
  return `${protocol}//${login}${host}${pathname}${query === '' ? '' : `?${query}`}`;
}

function readProtocol(read: Read, problems: string[]): Protocol {
  const { name, value = 'http/json' } = read('PROTOCOL');
  const protocol = value.toLowerCase();
  if (protocol === 'http/json' || protocol === 'http/protobuf' || protocol === 'grpc') return protocol;
  problems.push(`ignoring ${name}=${value}: expected http/json, http/protobuf or grpc; using http/json`);
  return 'http/json';
}

function checkPort({ protocol, host, port }: URL, by: Protocol, problems: string[]): void {
  if (by !== 'grpc' && port === '4317')
    problems.push(
      `${protocol}//${host} has the port of OTLP over gRPC: OTLP over HTTP listens on 4318, OTEL_EXPORTER_OTLP_PROTOCOL=grpc sends over gRPC`,
    );
}

function checkResource({ environment }: TargetSources, problems: string[]): void {
  for (const pair of readResourceAttributes(environment).skipped)
    problems.push(`ignoring ${pair} in OTEL_RESOURCE_ATTRIBUTES: expected key=value, percent-encoded`);
}

function readGzip(read: Read, problems: string[]): boolean {
  const { name, value } = read('COMPRESSION');
  if (value !== undefined && value !== 'gzip' && value !== 'none')
    problems.push(`ignoring ${name}=${value}: expected gzip or none; using none`);
  return value === 'gzip';
}

function readTimeout(read: Read, problems: string[]): number {
  const { name, value } = read('TIMEOUT');
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  const timeoutMs = Number(value);
  if (timeoutMs > 0 && timeoutMs < 2 ** 31) return timeoutMs;
  problems.push(`ignoring ${name}=${value}: expected milliseconds; using ${DEFAULT_TIMEOUT_MS}`);
  return DEFAULT_TIMEOUT_MS;
}

function readPath(read: Read, use: keyof Certificates, setting: SettingName): Certificates {
  const { name, value } = read(setting);
  return value === undefined ? {} : { [use]: { variable: name, path: value } };
}
