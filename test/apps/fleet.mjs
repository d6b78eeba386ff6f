// One process of a fleet: `node fleet.mjs KIND`. Says `up` from where it stays, in the state that KIND names; ends by itself after a while.
import { execSync } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { setPriority } from 'node:os';

const LIFE_MS = 20 * 60_000;
const endMs = Date.now() + LIFE_MS;
const lines = Array.from({ length: 50 }, (_, n) => ({ sku: `sku-${n}`, cents: n * 7, text: `${n};${n * 3};${n * 5}` }));

let said = false;
function up() {
  if (said) return;
  said = true;
  // At once: the event loop may never turn again.
  writeSync(1, 'up\n');
}

// A loop of many lines and calls.
function priceBasket() {
  let total = 0;
  while (Date.now() < endMs) {
    up();
    for (const line of lines) {
      const net = discount(line.cents, total);
      const gross = tax(net);
      if (gross > 300) total += round(gross);
      else total -= net;
      total %= 1_000_003;
    }
  }
  return total;
}
const discount = (cents, total) => {
  let left = cents;
  for (let n = 0; n < 20; n += 1) left = (left * 97 + total) % 10_007;
  return left;
};
function tax(cents) {
  let left = cents;
  for (let n = 0; n < 20; n += 1) left = (left * 89 + n) % 10_009;
  return left;
}
function round(cents) {
  let left = cents;
  for (let n = 0; n < 20; n += 1) left = (left * 83 + cents) % 1009;
  return left;
}

// A search that calls itself, at any depth.
function findRoute(stop, depth) {
  up();
  let best = 0;
  for (let next = 0; next < 4 && Date.now() < endMs; next += 1) {
    const length = depth === 0 ? stop : findRoute((stop * 31 + next) % 1009, depth - 1);
    if (length > best) best = length;
  }
  return best;
}

// A loop that never ends, of methods and callbacks.
class Importer {
  rows = 0;
  readRows() {
    while (Date.now() < endMs) {
      up();
      for (const line of lines) {
        const cells = this.split(line.text);
        if (lines.some(({ cents }) => cents > 300)) this.count(cells);
        for (const cell of cells) this.rows = (this.rows * 31 + cell) % 1009;
        for (let n = 0; n < 40; n += 1) this.rows = (this.rows * 17 + n) % 1013;
      }
    }
  }
  split(text) {
    return text.split(';').map(Number);
  }
  count(cells) {
    for (let n = 0; n < 40; n += 1) this.rows += cells[n % cells.length];
  }
}

const states = {
  idle() {
    setTimeout(() => {}, LIFE_MS);
    up();
  },
  unarmed: () => states.idle(),
  stopped: () => states.idle(),
  pricing: () => priceBasket(),
  routing() {
    while (Date.now() < endMs) findRoute(1, 12);
  },
  importing: () => new Importer().readRows(),
  exec() {
    up();
    execSync(`exec sleep ${LIFE_MS / 1000}`);
  },
  fifo() {
    up();
    openSync(process.env.FIFO, 'r');
  },
};

const { READY: index } = process.env;
if (index) await (await import(index)).setupAutorun().ready;
// Of this thread alone: a hundred that spin leave the processors to those that report.
setPriority(19);
// From the event loop, as a request would be served.
setTimeout(() => states[process.argv[2]](), 10);
