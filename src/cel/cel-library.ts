/**
 * The library that parses and evaluates CEL. It takes 30 ms and some megabytes of a thread, so it is loaded when the
 * first expression is compiled.
 */
export type CelLibrary = typeof import('./cel-packages.ts')

export function celLibrary(): CelLibrary {
  return require('./cel-packages.ts') as CelLibrary
}
