import type { DescriptorLink } from '../procfs/descriptors.js';
import { findOwnEpoll, listOwnDescriptors } from '../procfs/own-loop.js';

/** The agent's descriptors among those of the process. */
export type FindOwnDescriptors = (links: readonly DescriptorLink[]) => ReadonlySet<number>;

/** @param listReserved those that the agent holds in reserve */
export function createOwnDescriptors(listReserved: () => readonly number[]): FindOwnDescriptors {
  let epoll: number | undefined;
  return (links) => {
    epoll ??= findOwnEpoll(links);
    const ofLoop = epoll === undefined ? [] : listOwnDescriptors(epoll, links);
    return new Set([...ofLoop, ...listReserved()]);
  };
}
