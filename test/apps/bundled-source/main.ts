import { OrderDesk } from './orders.js';

/** Ends in the frame that the tests look at, four calls down and over three files. */
export async function serveOrders(): Promise<void> {
  const desk = new OrderDesk('Ulm');
  const settled = await desk.settle([{ price: 3, quantity: 2 }]);
  console.error(`settled ${settled} in ${desk.city}`);
}

await serveOrders();
