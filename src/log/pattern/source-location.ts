/** The parts of a message's `source`, which is `path/file.cc:line` or `path/file.cc:line function`. */
export interface SourceLocation {
  readonly path: string
  readonly line: string
  readonly functionName: string
}

export function sourceLocation(source: string): SourceLocation {
  const space = source.indexOf(' ')
  const place = space < 0 ? source : source.slice(0, space)
  const colon = place.lastIndexOf(':')
  return {
    path: colon < 0 ? place : place.slice(0, colon),
    line: colon < 0 ? '' : place.slice(colon + 1),
    functionName: space < 0 ? '' : source.slice(space + 1),
  }
}
