/** Addresses as Envoy prints them. Values, shared freely. */
import type { Address, IpAddress, PipeAddress } from '../api/network.ts'
import { formatIp, parseIp, unmapIp } from '../base/ip-bits.ts'

/** Undefined when `ip` is not the text of an IP address; the result has the canonical text. */
export function ipAddress(ip: string, port: number): IpAddress | undefined {
  const bits = parseIp(ip)
  return bits === undefined ? undefined : canonicalIpAddress(bits.family, formatIp(bits), port)
}

/** Like `ipAddress`, for text that is known to be right: anything else is a bug. */
export function parseIpAddress(ip: string, port: number): IpAddress {
  const address = ipAddress(ip, port)
  if (address === undefined) throw new Error(`not an IP address: ${ip}`)
  return address
}

/** `ip` is canonical already, such as what the kernel says. */
export function canonicalIpAddress(family: 4 | 6, ip: string, port: number): IpAddress {
  return { kind: 'ip', family, ip, port, text: family === 4 ? `${ip}:${port}` : `[${ip}]:${port}` }
}

/**
 * The other end of a connection as the runtime names it. IPv4 clients of a socket that serves both families are shown
 * as what they are.
 */
export function socketAddress(ip: string, port: number): IpAddress {
  if (!ip.includes(':')) return canonicalIpAddress(4, ip, port)
  if (ip.startsWith('::ffff:')) {
    const bits = parseIp(ip)
    const inner = bits === undefined ? undefined : unmapIp(bits)
    if (inner !== undefined) return canonicalIpAddress(4, formatIp(inner), port)
  }
  return canonicalIpAddress(6, ip, port)
}

/** A name that starts with `@` is abstract: no file, no mode. */
export function pipeAddress(path: string, mode: number): PipeAddress {
  return { kind: 'pipe', path, mode: path.startsWith('@') ? 0 : mode, text: path }
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.kind === b.kind && a.text === b.text
}

/** The one address that most mean by it: Envoy does not count the rest of 127.0.0.0/8. */
export function isLoopback(address: Address): boolean {
  return address.kind === 'ip' && (address.ip === '127.0.0.1' || address.ip === '::1')
}

export function isWildcard(address: Address): boolean {
  return address.kind === 'ip' && (address.ip === '0.0.0.0' || address.ip === '::')
}

export function withPort(address: IpAddress, port: number): IpAddress {
  return address.port === port ? address : { ...address, ...canonicalIpAddress(address.family, address.ip, port) }
}
