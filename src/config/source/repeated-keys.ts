/*
 * Keys that come again in one map of JSON. An object keeps the last value; protobuf's parser reads each of them, and what it
 * makes of several depends on the field. So the values before the last one stay with the object, unseen by whoever does not
 * ask.
 */
const EARLIER = Symbol('values that a later one with the same key replaced')

export type EarlierEntries = readonly (readonly [key: string, value: unknown])[]

interface WithEarlier {
  [EARLIER]?: [key: string, value: unknown][]
}

/** To be called before `key` is set again. */
export function keepEarlier(map: Record<string, unknown> & WithEarlier, key: string): void {
  const entries = (map[EARLIER] ??= [])
  entries.push([key, map[key]])
}

/** In the order of the text; undefined where every key came once. */
export function earlierEntries(map: WithEarlier): EarlierEntries | undefined {
  return map[EARLIER]
}

/** The way to a key that came again, in `tree` or in what is in it. */
export function repeatedKeyIn(tree: unknown): readonly (string | number)[] | undefined {
  if (typeof tree !== 'object' || tree === null) return undefined
  const own = earlierEntries(tree)?.[0]?.[0]
  if (own !== undefined) return [own]
  for (const [key, value] of Object.entries(tree)) {
    const inside = repeatedKeyIn(value)
    if (inside !== undefined) return [Array.isArray(tree) ? Number(key) : key, ...inside]
  }
  return undefined
}
