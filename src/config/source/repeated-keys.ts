/*
 * Keys that come again in one map of JSON. An object keeps the last value; protobuf's parser reads each of them, and what it
 * makes of several depends on the field. So the values before the last one stay with the object, unseen by whoever does not
 * ask.
 */
const EARLIER = Symbol('values that a later one with the same key replaced')

/** By key, in the order of the text. */
export type EarlierValues = ReadonlyMap<string, readonly unknown[]>

interface WithEarlier {
  [EARLIER]?: Map<string, unknown[]>
}

/** To be called before `key` is set again. */
export function keepEarlier(map: Record<string, unknown> & WithEarlier, key: string): void {
  const earlier = (map[EARLIER] ??= new Map<string, unknown[]>())
  const values = earlier.get(key)
  if (values === undefined) earlier.set(key, [map[key]])
  else values.push(map[key])
}

/** Undefined where every key came once. */
export function earlierValues(map: WithEarlier): EarlierValues | undefined {
  return map[EARLIER]
}

/** The first key that came again, of this map itself. */
export function repeatedKeyOf(map: object): string | undefined {
  return earlierValues(map)?.keys().next().value
}

/** The way to a key that came again, in `tree` or in what is in it. */
export function repeatedKeyIn(tree: unknown): readonly (string | number)[] | undefined {
  if (typeof tree !== 'object' || tree === null) return undefined
  const own = repeatedKeyOf(tree)
  if (own !== undefined) return [own]
  for (const [key, value] of Object.entries(tree)) {
    const inside = repeatedKeyIn(value)
    if (inside !== undefined) return [Array.isArray(tree) ? Number(key) : key, ...inside]
  }
  return undefined
}
