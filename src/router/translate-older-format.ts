/**
 * Older ways to write operators in the formats of headers, as Envoy takes them: `%UPSTREAM_METADATA(["namespace", "key"])%`
 * means `%UPSTREAM_METADATA(namespace:key)%` (what is no list of texts stays as it is), `%PER_REQUEST_STATE(name)%` means
 * `%FILTER_STATE(name:PLAIN)%`.
 */
const LISTED = /%(UPSTREAM|DYNAMIC)_METADATA\((\[.+?\])\)%/g

const STATE = /%PER_REQUEST_STATE\((.+?)\)%/g

export function translateOlderFormat(format: string): string {
  const states = format.includes('%PER_REQUEST_STATE(') ? format.replaceAll(STATE, '%FILTER_STATE($1:PLAIN)%') : format
  return translateMetadata(states)
}

function translateMetadata(format: string): string {
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
