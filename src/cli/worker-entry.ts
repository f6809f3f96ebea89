/**
 * The file that worker threads start from: worker.ts beside src/cli/main.ts, worker.js beside dist/main.js and inside the
 * executable. `mainUrl` is the address of the file that the process started with, in an executable that of the binary.
 */
export function workerEntry(mainUrl: string): URL {
  return new URL(mainUrl.endsWith('.ts') ? './worker.ts' : './worker.js', mainUrl)
}
