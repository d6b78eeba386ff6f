import type { Value } from '../report.js';
import { decodeMap, encodeMap, type KeyValue } from './otlp-values.js';
import { jsonBytes } from './plain.js';
import type { ResourceAttributes } from './resource.js';

/** Records or spans with who sent them, as one OTLP request says. */
export interface Origin {
  readonly resource: ResourceAttributes;
  /** Of this package: the scope's. */
  readonly version: string;
}

/** OTLP JSON Lines of one signal, as the SDK's own serializer writes them; the SDK need not be loaded for it. */
export interface LineCodec<Content> {
  encode(origin: Origin, contents: readonly Content[]): string[];
  /** What `encode` has written. @throws Error for a line that is something else. */
  decode(lines: readonly string[]): { readonly origin: Origin; readonly contents: Content[] };
}

/** What a signal's lists are named. */
export interface LineShape {
  readonly top: string;
  readonly scoped: string;
  readonly items: string;
}

interface Group {
  readonly resource: { readonly attributes: readonly KeyValue[] };
}
interface Scoped {
  readonly scope: { readonly name: string; readonly version: string };
}

const SCOPE = 'guru-meditation';
/** The collector's `otlpjsonfile` receiver passes by a line of 1 MiB. */
const MAX_LINE_BYTES = 1_000_000;

export function createLineCodec<Content, Item>(
  { top, scoped, items }: LineShape,
  encodeItem: (content: Content) => Item,
  decodeItem: (item: Item) => Content,
): LineCodec<Content> {
  return {
    encode({ resource, version }, contents) {
      const attributes = encodeMap(resource);
      const scope = { name: SCOPE, version };
      const wrap = (list: readonly Item[]) =>
        JSON.stringify({ [top]: [{ resource: { attributes }, [scoped]: [{ scope, [items]: list }] }] });
      const room = MAX_LINE_BYTES - Buffer.byteLength(wrap([]));
      const lines: Item[][] = [];
      let left = 0;
      for (const content of contents) {
        const item = encodeItem(content);
        const bytes = jsonBytes(item as Value) + 1;
        if (bytes > left) {
          lines.push([]);
          left = room;
        }
        lines.at(-1)?.push(item);
        left -= bytes;
      }
      return lines.map(wrap);
    },
    decode(lines) {
      const contents: Content[] = [];
      let origin: Origin | undefined;
      for (const line of lines) {
        const [group] =
          (JSON.parse(line) as { [key: string]: readonly (Group & { [key: string]: unknown })[] })[top] ?? [];
        const [one] = (group?.[scoped] ?? []) as readonly (Scoped & { readonly [key: string]: unknown })[];
        if (!group || !one || one.scope.name !== SCOPE) throw new Error('a line that is no report');
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
