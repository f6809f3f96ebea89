/** The host part of an authority, for looking up virtual hosts and building redirects. */

/** Where the `:port` of `host` starts, whatever is written there, or -1. An IPv6 address has it behind its bracket only. */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(':')
  return colon > host.lastIndexOf(']') ? colon : -1
}

export function withoutPort(host: string): string {
  const port = portStart(host)
  return port < 0 ? host : host.slice(0, port)
}
