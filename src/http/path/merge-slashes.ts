/** Runs of slashes before the query become one. */
export function mergeSlashes(path: string): string {
  const query = path.indexOf('?')
  const end = query < 0 ? path.length : query
  const at = path.indexOf('//')
  if (at < 0 || at >= end) return path
  return path.slice(0, end).replace(/\/{2,}/g, '/') + path.slice(end)
}
