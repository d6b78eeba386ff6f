import { type Environment, readVariable } from '../otel-environment.js';
import type { OtlpSettings } from '../otlp-options.js';
import type { Declared } from './config-file/declared.js';

export type Signal = 'logs' | 'traces';

/** Where the settings of the exporters stand; a variable comes first, then the configuration file, then the option. */
export interface TargetSources {
  readonly environment: Environment;
  /** Of `OTEL_CONFIG_FILE`. */
  readonly file?: Declared | undefined;
  readonly options?: OtlpSettings;
}

/** The last parts of the variables' names, with the options of the same meaning. */
const OPTIONS = {
  ENDPOINT: 'endpoint',
  PROTOCOL: 'protocol',
  COMPRESSION: 'compression',
  TIMEOUT: 'timeoutMs',
  INSECURE: 'insecure',
  CERTIFICATE: 'certificate',
  CLIENT_CERTIFICATE: 'clientCertificate',
  CLIENT_KEY: 'clientKey',
} as const;
const OWN_ENDPOINT = { logs: 'logsEndpoint', traces: 'tracesEndpoint' } as const;
const PREFIX = 'OTEL_EXPORTER_OTLP_';

export type SettingName = keyof typeof OPTIONS;

/** A value, and the name of the variable or option that has it; without a value, the variable that would. */
export interface Setting {
  readonly name: string;
  readonly value: string | undefined;
  /** Of an endpoint: the path of the signal is added to it. */
  readonly isBase: boolean;
}

/** The variable for this signal, else the one for all, else the file, else the option. */
export function readSetting(
  signal: Signal,
  { environment, file, options = {} }: TargetSources,
  name: SettingName,
): Setting {
  const own = `${PREFIX}${signal.toUpperCase()}_${name}`;
  const all = `${PREFIX}${name}`;
  const places: readonly Setting[] = [
    { name: own, value: readVariable(environment, own), isBase: false },
    { name: all, value: readVariable(environment, all), isBase: true },
    { name: `OTEL_CONFIG_FILE, ${signal}: ${OPTIONS[name]}`, value: file?.[signal]?.[OPTIONS[name]], isBase: false },
    ...(name === 'ENDPOINT' ? [readOption(options, OWN_ENDPOINT[signal], false)] : []),
    ...(name === 'INSECURE' ? [] : [readOption(options, OPTIONS[name], true)]),
  ];
  return places.find(({ value }) => value !== undefined) ?? { name: own, value: undefined, isBase: true };
}

/** Names of the headers that the environment gives for a signal, in lower case. */
export function readHeaderNames(signal: Signal, environment: Environment): ReadonlySet<string> {
  const names = [`${PREFIX}HEADERS`, `${PREFIX}${signal.toUpperCase()}_HEADERS`];
  const pairs = names.flatMap((name) => readVariable(environment, name)?.split(',') ?? []);
  return new Set(pairs.map((pair) => (pair.split('=')[0] ?? '').trim().toLowerCase()));
}

function readOption(
  options: OtlpSettings,
  name: Exclude<keyof OtlpSettings, 'headers' | 'isOff' | 'exporter'>,
  isBase: boolean,
): Setting {
  return { name: `otlp.${name}`, value: options[name], isBase };
}
