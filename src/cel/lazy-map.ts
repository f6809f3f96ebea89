/** A map whose values are made when an expression asks for them. */
import type { CelInput, CelMap } from '@bufbuild/cel'
import type { CelLibrary } from './cel-library.ts'

/** `undefined`: there is no such attribute now. */
export type Extract<D> = (data: D, library: CelLibrary) => CelInput | undefined

export type Extractors<D> = Readonly<Record<string, Extract<D>>>

export function lazyMap<D>(library: CelLibrary, extractors: Extractors<D>, data: D): CelMap {
  return lookupMap(library, (key) => (Object.hasOwn(extractors, key) ? extractors[key]!(data, library) : undefined))
}

/** Nothing to whoever walks over it, as in Envoy: only look-ups find something, and `size` says what it is told. */
export function lookupMap(
  library: CelLibrary,
  find: (key: string) => CelInput | undefined,
  size: () => number = () => 0,
): CelMap {
  return library.cel.celMap(new LookupMap(find, size))
}

class LookupMap extends Map<string, CelInput> {
  readonly #find: (key: string) => CelInput | undefined

  readonly #size: () => number

  constructor(find: (key: string) => CelInput | undefined, size: () => number) {
    super()
    this.#find = find
    this.#size = size
  }

  override get size(): number {
    return this.#size()
  }

  override get(key: string): CelInput | undefined {
    return typeof key === 'string' ? this.#find(key) : undefined
  }
}
