import type { ApplicationResource } from '../main-facts.js';

/** The description of the process by the application's own SDK, as it was last received. */
export interface Application {
  /** The same object until something else is heard. */
  resource(): ApplicationResource | undefined;
  /** Its service name, unless that is the SDK's word for having none. */
  service(): string | undefined;
  hear(resource: ApplicationResource | undefined): void;
}

export function createApplication(first: ApplicationResource | undefined): Application {
  let resource = first;
  return {
    resource: () => resource,
    service() {
      const name = resource?.['service.name'];
      return typeof name === 'string' && name !== '' && !name.startsWith('unknown_service') ? name : undefined;
    },
    hear(heard) {
      if (heard && JSON.stringify(heard) !== JSON.stringify(resource)) resource = heard;
    },
  };
}
