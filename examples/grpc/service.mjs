// Reports over OTLP/gRPC, with the exporters that this program has installed: npm install, npm start, kill -USR2 PID.
import { createServer } from 'node:http';

createServer((_, response) => response.end('hello\n')).listen(0, '127.0.0.1', () => console.log(`pid ${process.pid}`));
