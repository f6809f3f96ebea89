/** `path` with %2F and %5C before the query replaced by what they stand for; the same string when there are none. */
export function unescapeSlashes(path: string): string {
  if (!path.includes('%')) return path
  const query = path.indexOf('?')
  const end = query < 0 ? path.length : query
  const before = path.slice(0, end)
  const after = before.replace(/%2f/gi, '/').replace(/%5c/gi, '\\')
  return after === before ? path : after + path.slice(end)
}
