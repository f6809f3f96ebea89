/** Clean-up of :authority: port and trailing dot. */
import type { RequestHeaders } from '../../api/headers.ts'
import { portStart } from '../host-name.ts'
import type { HostPortStripping } from '../connection-manager-settings.ts'

export interface HostSettings {
  readonly stripHostPort: HostPortStripping
  readonly stripTrailingHostDot: boolean
}

/** `listenerPort` is the port that the connection came in on, if there is one. Returns the port that was taken away. */
export function normalizeHost(
  headers: RequestHeaders,
  settings: HostSettings,
  listenerPort: number | undefined,
): number | undefined {
  const host = headers.authority
  if (host === undefined) return undefined
  if (settings.stripTrailingHostDot) headers.authority = withoutTrailingDot(host)
  if (settings.stripHostPort === 'none') return undefined
  return stripPort(headers, headers.authority!, settings.stripHostPort === 'any' ? undefined : listenerPort)
}

/** The last dot, where it ends the host or stands in front of a colon. */
function withoutTrailingDot(host: string): string {
  const dot = host.lastIndexOf('.')
  if (dot < 0 || (dot !== host.length - 1 && host[dot + 1] !== ':')) return host
  return host.slice(0, dot) + host.slice(dot + 1)
}

function stripPort(headers: RequestHeaders, host: string, onlyPort: number | undefined): number | undefined {
  const colon = portStart(host)
  if (colon < 0) return undefined
  const text = host.slice(colon + 1)
  if (!/^\d{1,10}$/.test(text)) return undefined
  const port = Number(text)
  if (onlyPort !== undefined && port !== onlyPort) return undefined
  headers.authority = host.slice(0, colon)
  return port
}
