/** What was written last, in memory too: whoever empties the directory of a live process takes no report with it. */
export interface Mirror {
  keep(id: string, text: string): void;
  read(id: string): string | undefined;
  forget(id: string): void;
}

/** Beyond `maxBytes` the oldest is on disk only. */
export function createMirror(maxBytes: number): Mirror {
  const texts = new Map<string, { readonly text: string; readonly bytes: number }>();
  let bytes = 0;
  const forget = (id: string) => {
    bytes -= texts.get(id)?.bytes ?? 0;
    texts.delete(id);
  };
  return {
    keep(id, text) {
      forget(id);
      const size = Buffer.byteLength(text);
      texts.set(id, { text, bytes: size });
      bytes += size;
      for (const oldest of texts.keys()) {
        if (bytes <= maxBytes) return;
        forget(oldest);
      }
    },
    read: (id) => texts.get(id)?.text,
    forget,
  };
}
