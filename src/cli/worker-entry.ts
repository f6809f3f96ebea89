/**
 * The file that worker threads start from: worker.ts beside src/cli/main.ts, worker.js beside dist/main.js and inside the
 * executable. `mainUrl` is the address of the file that the process started with, in an executable that of the binary.
 */
export function workerEntry(mainUrl: string): URL {
  return entryBeside(mainUrl, 'worker')
}

/** The file that the thread of guard dogs starts from, likewise. */
export function guardDogEntry(mainUrl: string): URL {
  return entryBeside(mainUrl, 'guard-dog')
}

function entryBeside(mainUrl: string, name: string): URL {
  return new URL(mainUrl.endsWith('.ts') ? `./${name}.ts` : `./${name}.js`, mainUrl)
}
