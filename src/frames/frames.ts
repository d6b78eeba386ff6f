import type { Frame } from '../report.js';
import { describeFrame } from './place.js';
import type { RawFrame } from './raw.js';

export interface FrameReader {
  read(raw: readonly RawFrame[]): Frame[];
}
export interface FrameReaderOptions {
  readonly startMs?: number;
}
export function createFrameReader(_options: FrameReaderOptions = {}): FrameReader {
  return { read: (raw) => raw.map((frame) => describeFrame(frame).frame) };
}
