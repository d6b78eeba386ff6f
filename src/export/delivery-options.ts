import type { Environment } from '../otel-environment.js';
import type { OtlpHeaders, OtlpSettings } from '../otlp-options.js';
import type { SharedState } from '../shared-state.js';
import type { Level } from '../stderr.js';
import type { Declared } from './config-file/declared.js';
import type { KeepSettings } from './outbox.js';
import type { Reserve } from './reserve.js';
import type { ResourceOptions } from './resource.js';
import type { Spool } from './spool/spool.js';

export interface DeliveryOptions {
  readonly resource: ResourceOptions;
  /** Of this package: the scope's. */
  readonly version: string;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  /** Puts a line on stderr. */
  readonly say: (line: string, level: Level) => void;
  readonly counters: Pick<SharedState, 'addUndelivered' | 'addWaiting'>;
  /** Reports wait there on disk. @default they wait in memory */
  readonly spool?: Spool;
  /** Said with the first report. */
  readonly problems?: readonly string[];
  /** @default one that holds nothing */
  readonly reserve?: Reserve;
  /** @default process.env; the exporter reads headers from that one in any case */
  readonly environment?: Environment;
  /** For settings that the environment does not have. @default {} */
  readonly otlp?: OtlpSettings;
  /**
   * Absolute directories in which the application's packages and exporter module are looked up.
   * @default the working directory
   */
  readonly from?: readonly string[];
  /** Of `OTEL_CONFIG_FILE`: for settings that the environment does not have; it comes before `otlp`. */
  readonly declared?: Declared | undefined;
  /** Headers beside those of the environment. Its rejection fails the request. @default none */
  readonly headers?: () => Promise<OtlpHeaders>;
  readonly settings?: Partial<KeepSettings>;
  /** How long no spans are sent to a server that takes no spans; 0: a refusal is handled as any other. @default an hour */
  readonly breakMs?: number;
  /** A report is held back for a random time up to this before its first try, so that a fleet does not reach its collector at once. @default 0 */
  readonly jitterMs?: number;
}
