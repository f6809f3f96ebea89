/** `host[:port]` of an absolute URL; any other text as it is. */
export function hostAndPort(text: string): string {
  const match = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#@]+)/.exec(text)
  return match?.[1] ?? text
}
