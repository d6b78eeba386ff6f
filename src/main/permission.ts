/**
 * Why this process cannot be read through its inspector; asked before it is tried, since Node aborts the whole process
 * where it is denied. Asked on the main thread: the agent has flags of its own, and sees no permission model.
 */
export function inspectorDenied(): string | undefined {
  const permission = (process as { permission?: { has(scope: string): boolean } }).permission;
  if (permission?.has('inspector') === false) return "Node's permission model denies the inspector";
  if (!process.features.inspector) return 'this Node is built without an inspector';
  return undefined;
}
