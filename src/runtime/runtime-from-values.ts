import type { Json } from '../api/config.ts'
import type { RuntimeSnapshot } from '../api/runtime.ts'
import { type RuntimeEntry, runtimeEntryOfJson } from './runtime-entry.ts'
import { Snapshot } from './snapshot.ts'

/** A worker's snapshot from the text that `LayeredRuntime.valuesText` made. */
export function runtimeFromValues(text: string): RuntimeSnapshot {
  const entries = new Map<string, RuntimeEntry>()
  // The main thread wrote the text from values that it had accepted.
  for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, Json>)) {
    const entry = runtimeEntryOfJson(value)
    if (entry !== undefined) entries.set(key, entry)
  }
  return new Snapshot(entries)
}
