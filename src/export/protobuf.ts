/** A message's fields by their numbers; of one that is repeated the last. */
export type Fields = ReadonlyMap<number, number | Buffer>;

/** The fields of a protobuf message; undefined where the bytes are none. What an answer of OTLP holds is no more than that. */
export function readFields(bytes: Buffer): Fields | undefined {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let power = 1; ; power *= 128) {
      const byte = bytes[at];
      if (byte === undefined || power > 2 ** 63) throw new RangeError('no varint');
      at += 1;
      value += (byte & 0x7f) * power;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  try {
    while (at < bytes.length) {
      const key = readVarint();
      const number = Math.floor(key / 8);
      const wireType = key % 8;
      if (number === 0) return undefined;
      if (wireType === 0) fields.set(number, readVarint());
      else if (wireType === 2) fields.set(number, take(readVarint()));
      else if (wireType === 1) take(8);
      else if (wireType === 5) take(4);
      else return undefined;
    }
  } catch {
    return undefined;
  }
  return fields;
}
