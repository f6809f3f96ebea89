/** A map whose values are made when an expression asks for them. */
import type { CelInput, CelMap } from '@bufbuild/cel'
import type { CelLibrary } from './cel-library.ts'

/** `undefined`: there is no such attribute now. */
export type Extract<D> = (data: D, library: CelLibrary) => CelInput | undefined

export type Extractors<D> = Readonly<Record<string, Extract<D>>>

export function lazyMap<D>(library: CelLibrary, extractors: Extractors<D>, data: D): CelMap {
  return lookupMap(library, (key) => (Object.hasOwn(extractors, key) ? extractors[key]!(data, library) : undefined))
}

/** Only look-ups find something: whoever walks over it sees nothing, and it has no form in JSON, as in Envoy. */
export function lookupMap(library: CelLibrary, find: (key: string) => CelInput | undefined): CelMap {
  return library.cel.celMap(new LookupMap(find))
}

/** A map of that kind, which cannot tell what is in it. */
export function isUnlisted(map: CelMap): boolean {
  return map.keys() === UNLISTED
}

/** Has no keys to give, whoever asks. */
const UNLISTED = new Map<string, never>().keys()

class LookupMap extends Map<string, CelInput> {
  readonly #find: (key: string) => CelInput | undefined

  constructor(find: (key: string) => CelInput | undefined) {
    super()
    this.#find = find
  }

  override get(key: string): CelInput | undefined {
    return typeof key === 'string' ? this.#find(key) : undefined
  }

  override keys(): MapIterator<string> {
    return UNLISTED
  }
}

/** A message by the names of its fields. Those with their default are found, but are not listed. */
export function messageMap(library: CelLibrary, fields: Readonly<Record<string, CelInput>>): CelMap {
  return library.cel.celMap(new MessageMap(Object.entries(fields)))
}

class MessageMap extends Map<string, CelInput> {
  override *entries(): MapIterator<[string, CelInput]> {
    for (const field of super.entries()) if (!isDefault(field[1])) yield field
  }
}

function isDefault(value: CelInput): boolean {
  if (typeof value !== 'object' || value === null) return value === ''
  return Symbol.iterator in value ? value[Symbol.iterator]().next().done === true : Object.keys(value).length === 0
}
