/** Version 1: `PROXY TCP4 1.2.3.4 5.6.7.8 1000 80` CR LF. */
import { parseIp } from '../../base/ip-bits.ts'
import type { ProxyEndpoint, ProxyHeader } from './proxy-header.ts'

/** `line`: latin1, with its end. Undefined when it is none. */
export function readV1Header(line: string): ProxyHeader | undefined {
  const parts = line.replace(/[\t\n\v\f\r ]+$/, '').split(' ')
  const [keyword, protocol] = parts
  if (keyword !== 'PROXY') return undefined
  const header = { length: line.length, extensionsLength: 0 }
  // Whatever follows is not looked at.
  if (protocol === 'UNKNOWN') return { ...header, addresses: undefined }
  if (parts.length !== 6 || (protocol !== 'TCP4' && protocol !== 'TCP6')) return undefined
  const family = protocol === 'TCP4' ? 4 : 6
  const source = readEndpoint(parts[2]!, parts[4]!, family)
  const destination = readEndpoint(parts[3]!, parts[5]!, family)
  if (source === undefined || destination === undefined) return undefined
  return { ...header, addresses: { source, destination } }
}

function readEndpoint(text: string, port: string, family: 4 | 6): ProxyEndpoint | undefined {
  const ip = parseIp(text)
  // Envoy reads numbers so: white space around them (no blanks are left here) and a plus sign are fine.
  const digits = /^[\t\n\v\f\r]*\+?(\d{1,20})[\t\n\v\f\r]*$/.exec(port)?.[1]
  if (ip?.family !== family || ip.zone !== undefined || digits === undefined || Number(digits) > 65_535)
    return undefined
  return { ip, port: Number(digits) }
}
