/** The host part of an authority, for looking up virtual hosts and building redirects. */

/** Where the `:port` of `host` starts, or -1. An IPv6 address has a port only after its bracket. */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(':')
  if (colon < 0 || colon + 1 === host.length || host.lastIndexOf(']') > colon) return -1
  for (let i = colon + 1; i < host.length; i++) {
    const digit = host.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
  }
  return colon
}

export function withoutPort(host: string): string {
  const port = portStart(host)
  return port < 0 ? host : host.slice(0, port)
}
