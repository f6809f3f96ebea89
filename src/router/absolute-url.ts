/** A URL with scheme and host, where a request is sent on to. */
export interface AbsoluteUrl {
  /** In lower case. */
  readonly scheme: string
  readonly host: string
  /** With its query; a fragment belongs to the client and stays away. */
  readonly path: string
}

const ABSOLUTE = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\s]+)(\/[^#\s]*)?(\?[^#\s]*)?(?:#.*)?$/

/** undefined when `text` is no such URL. */
export function parseAbsoluteUrl(text: string): AbsoluteUrl | undefined {
  const match = ABSOLUTE.exec(text)
  if (match === null) return undefined
  const [, scheme, host, path = '', query = ''] = match
  return { scheme: scheme!.toLowerCase(), host: host!, path: path + query || '/' }
}
