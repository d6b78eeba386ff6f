// A section of one's own, in three lines: node --import guru-meditation/register own-section.mjs, then kill -USR1.
import { registerConfiguration, registerSection } from 'guru-meditation';

const queue = [{ job: 'mail', attempts: 2 }];
registerSection('Queue', () => ({ depth: queue.length, next: queue[0] }));
registerConfiguration('redis', () => ({ host: 'localhost', password: 'never shown' }));

setInterval(() => {}, 1000);
console.log(`kill -USR1 ${process.pid}`);
