/** Runs of slashes before the query become one. A path of nothing else is left with two, one for its begin and one for its end. */
export function mergeSlashes(path: string): string {
  const query = path.indexOf('?')
  const end = query < 0 ? path.length : query
  const at = path.indexOf('//')
  if (at < 0 || at >= end) return path
  const merged = path.slice(0, end).replace(/\/{2,}/g, '/')
  return (merged === '/' ? '//' : merged) + path.slice(end)
}
