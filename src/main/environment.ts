/**
 * The program's environment. PM2's cluster mode hands it over in one variable, and sets it when `--import` has run
 * already: settings in it would not be seen.
 */
export function readEnvironment(): { readonly [name: string]: string | undefined } {
  const { pm2_env: handed, ...environment } = { ...process.env };
  if (handed === undefined) return environment;
  try {
    const plain = Object.entries(JSON.parse(handed) as object).filter(([, value]) => typeof value !== 'object');
    return { ...environment, ...Object.fromEntries(plain.map(([name, value]) => [name, String(value)])) };
  } catch {
    // It is somebody else's.
    return process.env;
  }
}
