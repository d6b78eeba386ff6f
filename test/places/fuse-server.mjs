// The server of a file system of one directory: answers the kernel's requests on descriptor 3, but not while the flag's file exists.
// Layouts are those of the kernel's include/uapi/linux/fuse.h, protocol 7.31.
import { existsSync, readSync, writeSync } from 'node:fs';

const DEVICE = 3;
const [flag, json] = process.argv.slice(2);
const files = Object.entries(JSON.parse(json)).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
const ROOT = 1;
const OP = {
  lookup: 1,
  forget: 2,
  getattr: 3,
  open: 14,
  read: 15,
  statfs: 17,
  release: 18,
  flush: 25,
  init: 26,
  opendir: 27,
};
const ENOENT = -2;
const ENOSYS = -38;
const S_IFDIR = 0o040755;
const S_IFREG = 0o100644;

const clock = new Int32Array(new SharedArrayBuffer(4));
const request = Buffer.alloc(1024 * 1024 + 4096);
for (;;) {
  try {
    readSync(DEVICE, request);
  } catch (error) {
    // ENODEV: it was unmounted.
    process.exit(error.code === 'ENODEV' ? 0 : 1);
  }
  while (existsSync(flag)) Atomics.wait(clock, 0, 0, 20);
  answer(
    request.readUInt32LE(4),
    request.readBigUInt64LE(8),
    Number(request.readBigUInt64LE(16)),
    request.subarray(40),
  );
}

function answer(operation, unique, node, body) {
  if (operation === OP.init) {
    const out = Buffer.alloc(64);
    out.writeUInt32LE(7, 0);
    out.writeUInt32LE(31, 4);
    out.writeUInt32LE(65536, 20);
    reply(unique, 0, out);
    process.stdout.write('mounted\n');
  } else if (operation === OP.lookup) {
    const name = body.toString('utf8', 0, body.indexOf(0));
    const index = files.findIndex((file) => file.name === name);
    if (index < 0) return reply(unique, ENOENT);
    const out = Buffer.alloc(128);
    out.writeBigUInt64LE(BigInt(index + 2), 0);
    writeAttributes(out, 40, index + 2);
    reply(unique, 0, out);
  } else if (operation === OP.getattr) {
    const out = Buffer.alloc(104);
    writeAttributes(out, 16, node);
    reply(unique, 0, out);
  } else if (operation === OP.open || operation === OP.opendir) reply(unique, 0, Buffer.alloc(16));
  else if (operation === OP.read) {
    const offset = Number(body.readBigUInt64LE(8));
    reply(unique, 0, files[node - 2].bytes.subarray(offset, offset + body.readUInt32LE(16)));
  } else if (operation === OP.release || operation === OP.flush) reply(unique, 0);
  else if (operation === OP.statfs) reply(unique, 0, Buffer.alloc(80));
  else if (operation !== OP.forget) reply(unique, ENOSYS);
}

function writeAttributes(out, at, node) {
  const bytes = node === ROOT ? 0 : files[node - 2].bytes.length;
  out.writeBigUInt64LE(BigInt(node), at);
  out.writeBigUInt64LE(BigInt(bytes), at + 8);
  out.writeUInt32LE(node === ROOT ? S_IFDIR : S_IFREG, at + 60);
  out.writeUInt32LE(1, at + 64);
}

function reply(unique, error, data = Buffer.alloc(0)) {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + data.length, 0);
  header.writeInt32LE(error, 4);
  header.writeBigUInt64LE(unique, 8);
  writeSync(DEVICE, Buffer.concat([header, data]));
}
