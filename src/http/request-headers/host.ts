/** Clean-up of :authority: port and trailing dot. */
import type { RequestHeaders } from '../../api/headers.ts'
import { portStart } from '../host-name.ts'
import type { HostPortStripping } from '../connection-manager-settings.ts'

export interface HostSettings {
  readonly stripHostPort: HostPortStripping
  readonly stripTrailingHostDot: boolean
}

/** `listenerPort` is the port that the connection came in on, if there is one. */
export function normalizeHost(headers: RequestHeaders, settings: HostSettings, listenerPort: number | undefined): void {
  const host = headers.authority
  if (host === undefined) return
  if (settings.stripTrailingHostDot) headers.authority = withoutTrailingDot(host)
  if (settings.stripHostPort === 'none') return
  // A CONNECT names its target by host and port; Envoy minds that only here.
  if (settings.stripHostPort === 'matching' && headers.method === 'CONNECT') return
  headers.authority = withoutPort(headers.authority!, settings.stripHostPort === 'any' ? undefined : listenerPort)
}

/** The last dot, where it ends the host or stands in front of a colon. */
function withoutTrailingDot(host: string): string {
  const dot = host.lastIndexOf('.')
  if (dot < 0 || (dot !== host.length - 1 && host[dot + 1] !== ':')) return host
  return host.slice(0, dot) + host.slice(dot + 1)
}

function withoutPort(host: string, onlyPort: number | undefined): string {
  const colon = portStart(host)
  if (colon < 0) return host
  const text = host.slice(colon + 1)
  if (!/^\d{1,10}$/.test(text)) return host
  return onlyPort === undefined || Number(text) === onlyPort ? host.slice(0, colon) : host
}
