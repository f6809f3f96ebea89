/** `1.2.3.4:80` and `[::1]:80` as Envoy reads them where requests say them. */
import type { IpAddress } from '../api/network.ts'
import { ipAddress } from './address.ts'

/** Undefined: the text is neither. A name is none of them, nor is an address without a port. */
export function parseIpPort(text: string): IpAddress | undefined {
  const isV6 = text.startsWith('[')
  const colon = text.lastIndexOf(isV6 ? ']:' : ':')
  if (colon < 0) return undefined
  const port = parsePort(text.slice(colon + (isV6 ? 2 : 1)))
  if (port === undefined) return undefined
  const address = ipAddress(text.slice(isV6 ? 1 : 0, colon), port)
  return address?.family === (isV6 ? 6 : 4) ? address : undefined
}

/** Envoy's reader of numbers takes spaces around them and a plus. */
function parsePort(text: string): number | undefined {
  const [, digits] = /^[ \t\n\v\f\r]*\+?(\d+)[ \t\n\v\f\r]*$/.exec(text) ?? []
  const port = Number(digits ?? NaN)
  return port <= 65_535 ? port : undefined
}
