/** Addresses as /proc/net prints them, `0100007F:1F90`, and as people write them, `127.0.0.1:8080`. */

import { endianness } from 'node:os';

/** An address and its port. IPv6 stands in brackets and is compressed (RFC 5952); IPv4 in IPv6 is written as IPv4. */
export function formatEndpoint(hex: string, littleEndian: boolean = endianness() === 'LE'): string {
  const [address = '', port = '0'] = hex.split(':');
  return `${formatAddress(address, littleEndian)}:${Number.parseInt(port, 16)}`;
}

/** The address of 8 or 32 hexadecimal digits: 32-bit words in the machine's byte order. */
function formatAddress(hex: string, littleEndian: boolean): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const pairs = (word.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    return littleEndian ? pairs.reverse() : pairs;
  });
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return bytes.slice(12).join('.');
  return `[${formatIpv6(bytes)}]`;
}

/** `::ffff:a.b.c.d`: IPv4 on a socket that speaks both. */
function isMapped(bytes: readonly number[]): boolean {
  return bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function formatIpv6(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0));
  const { start, length } = longestZeros(groups);
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The first of the longest runs of zero groups. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  });
  return longest;
}
