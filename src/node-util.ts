/**
 * Node's util, without an import. An import reads all of its exports, and one of them (`diff`, from Node 22 on) opens
 * the program's stderr to see whether it has colours; stderr does not block from then on.
 */
export const { format, inspect, types } = process.getBuiltinModule('node:util');
