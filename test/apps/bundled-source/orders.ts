import { applyDiscount } from './pricing.js';

export interface Item {
  readonly price: number;
  readonly quantity: number;
}

export class OrderDesk {
  readonly city: string;

  constructor(city: string) {
    this.city = city;
  }

  async settle(items: readonly Item[]): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.total(items);
  }

  total(items: readonly Item[]): number {
    const sum = items.reduce((total, item) => total + item.price * item.quantity, 0);
    return applyDiscount(sum);
  }
}
