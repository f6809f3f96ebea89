/**
 * An older way to write metadata in the formats of headers, `%UPSTREAM_METADATA(["namespace", "key"])%`, as Envoy takes it:
 * it means `%UPSTREAM_METADATA(namespace:key)%`. What is no list of texts stays as it is.
 */
const LISTED = /%(UPSTREAM|DYNAMIC)_METADATA\((\[.+?\])\)%/g

export function translateMetadataFormat(format: string): string {
  if (!format.includes('_METADATA([')) return format
  return format.replaceAll(LISTED, (whole, kind: string, list: string) => {
    const path = pathOf(list)
    return path === undefined ? whole : `%${kind}_METADATA(${path.join(':')})%`
  })
}

function pathOf(list: string): readonly string[] | undefined {
  try {
    const path: unknown = JSON.parse(list)
    const isPath = Array.isArray(path) && path.length > 0 && path.every((key) => typeof key === 'string')
    return isPath ? path : undefined
  } catch {
    return undefined
  }
}
