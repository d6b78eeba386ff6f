import { type Fault, half, passThrough, slow, speakHttp, status } from './gate.js';

export interface NetworkFault {
  readonly name: string;
  /** 'shut': nobody listens. */
  readonly fault: Fault | 'shut' | 'killed';
  /** The process's first sentence on it. */
  readonly says: RegExp;
  /** The remedy: the end of the fault, nothing at all, or `gmr replay --refused` of the reports that were refused for good. */
  readonly by: 'itself' | 'nothing' | 'replay --refused';
  readonly env?: Record<string, string>;
}

const KEPT = (reason: string) => new RegExp(` did not take .*\\(${reason}\\): kept in .*, tried again in \\d+ s$`, 'm');
const ASIDE = (reason: string) => new RegExp(` refused .*\\(${reason}.*\\): kept aside in .*/refused`, 'm');
export const SILENT = KEPT('no answer in \\d+ s');
const HUNG_UP = KEPT('connection closed without an answer');
const PARTIAL = '{"partialSuccess":{"rejectedLogRecords":"8","rejectedSpans":"7","errorMessage":"too old"}}';
const later = { by: 'itself' as const };
const never = { by: 'replay --refused' as const };

export const NETWORK_FAULTS: readonly NetworkFault[] = [
  { name: 'has nothing', fault: passThrough, says: / took 8 log records/, by: 'nothing' },
  { name: 'down, comes up later', fault: 'shut', says: KEPT('connection refused'), ...later },
  { name: 'hangs before the answer', fault: speakHttp(() => {}), says: SILENT, ...later },
  {
    name: 'hangs in the middle of the answer',
    fault: speakHttp((response) => response.writeHead(200, { 'content-length': 100 }).write('{"par')),
    says: SILENT,
    ...later,
  },
  {
    name: 'hangs up in the middle of the answer',
    fault: speakHttp((response, { socket }) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"par', () => socket.destroy());
    }),
    says: KEPT('connection closed in the middle of the answer'),
    ...later,
  },
  { name: 'accepts without reading', fault: (socket) => void socket.pause(), says: SILENT, ...later },
  { name: 'hangs up at once', fault: (socket) => void socket.destroy(), says: HUNG_UP, ...later },
  {
    name: 'hangs up in mid-request',
    fault: (socket) => void socket.on('data', () => socket.destroy()),
    says: HUNG_UP,
    ...later,
  },
  { name: 'killed in mid-request, started again', fault: 'killed', says: / did not take /, ...later },
  { name: 'slow, 1 KB/s, beyond the time-out', fault: slow(1000), says: SILENT, ...later },
  {
    name: 'slow, 4 KB/s, gzip, time-out 2 min',
    fault: slow(4000),
    says: / took \d+ log records/,
    by: 'nothing',
    env: { OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip', OTEL_EXPORTER_OTLP_TIMEOUT: '120000' },
  },
  {
    name: 'answers what is not HTTP',
    fault: (socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
    says: KEPT('an answer that is not HTTP'),
    ...later,
  },
  { name: '429 with Retry-After', fault: status(429, { 'retry-after': '1' }), says: KEPT('429 .*'), ...later },
  { name: '502', fault: status(502, {}, '<html>bad gateway</html>'), says: KEPT('502 Bad Gateway'), ...later },
  { name: '503', fault: status(503), says: KEPT('503 .*not now'), ...later },
  { name: '504', fault: status(504), says: KEPT('504 .*not now'), ...later },
  { name: '400', fault: status(400), says: ASIDE('400 .*not now'), ...never },
  { name: '401', fault: status(401), says: ASIDE('401 .*not now'), ...never },
  { name: '403', fault: status(403), says: ASIDE('403 .*not now'), ...never },
  { name: '413', fault: status(413), says: ASIDE('413 .*not now'), ...never },
  { name: '500', fault: status(500), says: ASIDE('500 .*not now'), ...never },
  {
    name: 'redirect',
    fault: status(307, { location: 'http://127.0.0.1:4318/v1/logs' }),
    says: ASIDE('307 .*to http://127.0.0.1:4318/v1/logs, and redirects are not followed'),
    ...never,
  },
  {
    name: 'partial success',
    fault: status(200, {}, PARTIAL),
    says: / took 0 of 8 log records and rejected 8: too old/,
    ...never,
  },
  { name: 'a page of HTML', fault: status(200, {}, '<html>'), says: ASIDE('its answer is not OTLP'), ...never },
];

export const HALF = half(2000);
