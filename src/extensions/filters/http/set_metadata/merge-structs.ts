/** Two Structs into a new one: of what both have, structs are merged, lists put together, and otherwise the second wins. */
type Struct = Readonly<Record<string, unknown>>

export function mergeStructs(before: Struct, after: Struct): Struct {
  const merged: Record<string, unknown> = { ...before }
  for (const [key, value] of Object.entries(after)) {
    merged[key] = Object.hasOwn(before, key) ? mergeValues(before[key], value) : value
  }
  return merged
}

function mergeValues(before: unknown, after: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(after)) return [...(before as unknown[]), ...(after as unknown[])]
  return isStruct(before) && isStruct(after) ? mergeStructs(before, after) : after
}

function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
