import type { ResourceAttributes } from '../resource.js';
import { decodeMap, encodeMap, type KeyValue } from './otlp-values.js';

/*
 * Our own encoder of OTLP's JSON, beside the SDK's: the SDK's takes 180 to 350 ms to load, and a report is on disk before
 * that. A test holds it to the SDK's, field by field.
 */

/** The sender of log records or spans, as one OTLP request names it. */
export interface Origin {
  readonly resource: ResourceAttributes;
  /** Of this package: the scope's. */
  readonly version: string;
}

/** OTLP JSON Lines of one signal, as the SDK's own serializer writes them. */
export interface LineCodec<Content> {
  encode(origin: Origin, contents: readonly Content[]): string[];
  /** Reads lines of `encode`. @throws Error for any other line */
  decode(lines: readonly string[]): { readonly origin: Origin; readonly contents: Content[] };
}

interface Group {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}
interface Scoped {
  readonly scope: { readonly name: string; readonly version: string };
}

const SCOPE = 'guru-meditation';
/** The end of each line, after its items. */
const END = ']}]}]}';
/** The collector's `otlpjsonfile` receiver skips a line of 1 MiB. */
const MAX_LINE_BYTES = 1_000_000;

/** `top`, `scoped` and `items` are the names of the signal's lists. */
export function createLineCodec<Content, Item>(
  { top, scoped, items }: { readonly [level in 'top' | 'scoped' | 'items']: string },
  encodeItem: (content: Content) => Item,
  decodeItem: (item: Item) => Content,
): LineCodec<Content> {
  return {
    encode({ resource, version }, contents) {
      const attributes = encodeMap(resource);
      const scope = { name: SCOPE, version };
      const frame = JSON.stringify({ [top]: [{ resource: { attributes }, [scoped]: [{ scope, [items]: [] }] }] });
      const head = frame.slice(0, -END.length);
      const room = MAX_LINE_BYTES - Buffer.byteLength(frame);
      const lines: string[][] = [];
      let left = 0;
      for (const content of contents) {
        const item = JSON.stringify(encodeItem(content));
        const bytes = Buffer.byteLength(item) + 1;
        if (bytes > left) {
          lines.push([]);
          left = room;
        }
        lines.at(-1)?.push(item);
        left -= bytes;
      }
      return lines.map((line) => head + line.join(',') + END);
    },
    decode(lines) {
      const contents: Content[] = [];
      let origin: Origin | undefined;
      for (const line of lines) {
        const [group] =
          (JSON.parse(line) as { [key: string]: readonly (Group & { [key: string]: unknown })[] })[top] ?? [];
        const [one] = (group?.[scoped] ?? []) as readonly (Scoped & { readonly [key: string]: unknown })[];
        if (!group || !one || one.scope.name !== SCOPE) throw new Error('a line is not part of a report');
        origin ??= {
          resource: decodeMap(group.resource.attributes) as ResourceAttributes,
          version: one.scope.version,
        };
        contents.push(...(one[items] as readonly Item[]).map(decodeItem));
      }
      if (!origin || contents.length === 0) throw new Error('it is empty');
      return { origin, contents };
    },
  };
}
