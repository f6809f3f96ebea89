/** Hosts of requests as keys of a DNS cache, and what of them is looked up. */

const MAX_PORT = 65_535
const PORT = /^\d{1,10}$/

/** `host` with a port, its own or this one. */
export function hostAndPort(host: string, defaultPort: number): string {
  const colon = host.lastIndexOf(':')
  if (colon >= 0 && host.lastIndexOf(']') < colon && PORT.test(host.slice(colon + 1))) return host
  return `${host}:${defaultPort}`
}

/** Of `host:port` as above. What has no port that could be one is looked up as it is, which cannot work. */
export function parseAuthority(host: string): { readonly host: string; readonly port: number | undefined } {
  const colon = host.lastIndexOf(':')
  if (colon < 0 || host.endsWith(']')) return { host: withoutBrackets(host), port: undefined }
  const text = host.slice(colon + 1)
  const port = PORT.test(text) ? Number(text) : Number.NaN
  if (!(port <= MAX_PORT)) return { host, port: undefined }
  return { host: withoutBrackets(host.slice(0, colon)), port }
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
