import type { ApplicationResource, CallerWork, InFlightFacts } from '../../protocol.js';
import { type FoundSpan, findActiveSpan } from './active-span.js';
import { watchProvider } from './provider.js';
import { watchRequests } from './requests.js';
import { readResource } from './resource.js';
import { spanTracker } from './spans.js';

/** What is in flight on this thread. */
export interface InFlightWatch {
  /** For the report of this id, which every span that is recording is told. */
  read(report: string): InFlightFacts;
  /** Which of it the caller's code belongs to: it is asked before what is read for the caller. */
  caller(): CallerWork;
  /** The application's resource, where it has an SDK. */
  resource(): ApplicationResource | undefined;
  close(): void;
}

/** Subscribes and waits; what it costs while no report is made is in the files beside this one. */
export function watchInFlight(onResource: (resource: ApplicationResource) => void): InFlightWatch {
  const tracker = spanTracker();
  const requests = watchRequests();
  tracker.onServerSpan = requests.link;
  const resource = () => {
    const current = provider.current();
    return readResource(current?._resource ?? current?.resource ?? tracker.resource() ?? {});
  };
  const provider = watchProvider(tracker.processor, (registered) => {
    const read = readResource(registered._resource ?? registered.resource ?? {});
    if (read) onResource(read);
  });
  const workOf = (active: FoundSpan | undefined): CallerWork => {
    const request = requests.active();
    return { ...(active ? { span: active.reference } : {}), ...(request === undefined ? {} : { request }) };
  };

  return {
    caller() {
      const active = findActiveSpan();
      if (active) tracker.adopt(active.span);
      return workOf(active);
    },
    resource,
    read(report) {
      const active = findActiveSpan();
      const work = workOf(active);
      provider.check();
      const { requests: shown, count: requestCount } = requests.read(work.request);
      const { spans, count: spanCount } = tracker.read(active);
      // Behind the reading: a span shows the reports that were made before.
      tracker.mark(report, active);
      const own = resource();
      const notes = [provider.note(), requests.note()].filter((note) => note !== undefined);
      return { ...work, requests: shown, requestCount, spans, spanCount, notes, ...(own ? { resource: own } : {}) };
    },
    close() {
      provider.close();
      requests.close();
      tracker.onServerSpan = undefined;
    },
  };
}
