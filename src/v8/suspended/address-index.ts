/** There are at least twice as many slots as entries. */
const LEAST_SLOTS = 64;
/** Of the golden ratio: it spreads addresses that are a few words apart. */
const FACTOR = 0x9e3779b1;

/** Numbers by the address of an object: 12 bytes a slot, where a Map of addresses takes some 80 an entry. */
export class AddressIndex {
  /** 0 in a slot that is free. */
  #addresses = new Float64Array(LEAST_SLOTS);
  #numbers = new Int32Array(LEAST_SLOTS);
  #count = 0;

  /** The number of an address; -1 if it has none. */
  get(address: number): number {
    const slot = this.#find(address);
    return this.#addresses[slot] === address && address !== 0 ? (this.#numbers[slot] as number) : -1;
  }

  /** NaN, the address of an object that could not be read, is left out. */
  set(address: number, number: number): void {
    if (!(address > 0)) return;
    const slot = this.#find(address);
    this.#numbers[slot] = number;
    if (this.#addresses[slot] === address) return;
    this.#addresses[slot] = address;
    this.#count += 1;
    if (this.#count * 2 > this.#addresses.length) this.#grow();
  }

  /** The slot that has it, or the free one where it belongs. */
  #find(address: number): number {
    const mask = this.#addresses.length - 1;
    // Objects are aligned to 8 bytes.
    const hash = Math.imul((address / 8) | 0, FACTOR);
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (this.#addresses[slot] !== 0 && this.#addresses[slot] !== address) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const addresses = this.#addresses;
    const numbers = this.#numbers;
    this.#addresses = new Float64Array(2 * addresses.length);
    this.#numbers = new Int32Array(2 * addresses.length);
    for (let old = 0; old < addresses.length; old += 1) {
      const address = addresses[old] as number;
      if (address === 0) continue;
      const slot = this.#find(address);
      this.#addresses[slot] = address;
      this.#numbers[slot] = numbers[old] as number;
    }
  }
}
