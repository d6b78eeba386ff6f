import { buildProgram, findProgram, hasGo, PROGRAMS } from './programs.js';

/** Before the first test: what is not there is built, which takes minutes where Go's caches are cold. */
export default function setup(): void {
  for (const name of PROGRAMS) {
    const found = findProgram(name);
    if (found) console.log(`e2e: ${name} is ${found}`);
    else if (hasGo()) {
      const startMs = Date.now();
      console.log(`e2e: building ${name} from its Go module …`);
      console.log(`e2e: ${name} is ${buildProgram(name)}, built in ${Math.round((Date.now() - startMs) / 1000)} s`);
    } else throw new Error(`e2e: there is no ${name}, and no Go to build it with`);
  }
}
