/*
 * Where threads begin. src/cli/main.ts starts the worker.ts (worker.js) beside it, which holds in all three forms (sources,
 * dist/, binary) as long as the two stay side by side.
 */
export const ENTRY_POINTS = ['src/cli/main.ts', 'src/cli/worker.ts', 'src/cli/guard-dog.ts'] as const
