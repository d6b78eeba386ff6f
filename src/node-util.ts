/**
 * Node's util, and not by an import: that reads all of its exports, and one of them (`diff`, from Node 22 on) opens the
 * program's stderr to see whether it has colours, which makes that not to block from then on.
 */
export const { format, types } = process.getBuiltinModule('node:util');
