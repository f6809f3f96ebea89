/** The query of a path, taken apart. */

/** Not percent-decoded; of a repeated name only the first counts. */
export function queryParameters(path: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  const start = path.indexOf('?')
  if (start < 0) return parameters
  const fragment = path.indexOf('#', start)
  for (const part of path.slice(start + 1, fragment < 0 ? undefined : fragment).split('&')) {
    const equals = part.indexOf('=')
    const name = equals < 0 ? part : part.slice(0, equals)
    if (!parameters.has(name)) parameters.set(name, equals < 0 ? '' : part.slice(equals + 1))
  }
  return parameters
}
