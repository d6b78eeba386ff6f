import type { ApplicationResource, CallerWork, InFlightFacts } from '../../main-facts.js';
import { type FoundSpan, findActiveSpan } from './active-span.js';
import { tellDispatcherQueues } from './dispatcher.js';
import { watchProvider } from './provider.js';
import { watchRequests } from './requests.js';
import { readResource } from './resource.js';
import { spanTracker } from './spans.js';

/** Requests and spans in flight on this thread. */
export interface InFlightWatch {
  /** Reads for the report of this id, and writes the id into every recording span. */
  read(report: string): InFlightFacts;
  /** The request and span that the caller's code belongs to. It is called before `read`. */
  caller(): CallerWork;
  /** The application's resource, if it has an SDK. */
  resource(): ApplicationResource | undefined;
  close(): void;
}

/** Subscribes and waits. The files beside this one state its cost while no report is made. */
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
      // After the reading: a span shows the reports that were made before this one.
      tracker.mark(report, active);
      const own = resource();
      const notes = [provider.note(), requests.note(), ...tellDispatcherQueues()].filter((note) => note !== undefined);
      return { ...work, requests: shown, requestCount, spans, spanCount, notes, ...(own ? { resource: own } : {}) };
    },
    close() {
      provider.close();
      requests.close();
      // The process may have been armed again while it is disarmed.
      if (tracker.onServerSpan === requests.link) tracker.onServerSpan = undefined;
    },
  };
}
