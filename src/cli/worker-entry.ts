/**
 * The file that worker threads start from: worker.ts beside src/cli/main.ts, worker.js beside dist/main.js and inside the
 * executable. `mainUrl` is the import.meta.url of main.ts, where an executable holds the path of the binary itself.
 */
export function workerEntry(mainUrl: string): URL {
  return new URL(mainUrl.endsWith('.ts') ? './worker.ts' : './worker.js', mainUrl)
}
