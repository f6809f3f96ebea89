import type { Json } from '../api/config.ts'
import { type RuntimeEntry, runtimeEntry } from './runtime-entry.ts'

/** Entries of one layer by key. */
export type LayerEntries = ReadonlyMap<string, RuntimeEntry>

/**
 * Turns nested structs into keys with dots. A struct that is empty, or looks like a FractionalPercent, is itself a
 * value. `wrong` is called with the key of what cannot be one.
 */
export function flattenLayer(struct: Readonly<Record<string, Json>>, wrong: (key: string) => void): LayerEntries {
  const entries = new Map<string, RuntimeEntry>()
  const walk = (key: string, value: Json): void => {
    if (isNested(value)) {
      for (const [name, inner] of Object.entries(value)) walk(`${key}.${name}`, inner)
      return
    }
    const entry = runtimeEntry(value)
    if (entry === undefined) wrong(key)
    else entries.set(key, entry)
  }
  for (const [key, value] of Object.entries(struct)) walk(key, value)
  return entries
}

function isNested(value: Json): value is { readonly [key: string]: Json } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const names = Object.keys(value)
  return names.length > 0 && !names.includes('numerator') && !names.includes('denominator')
}
