import type { IpBits } from '../../base/ip-bits.ts'

/** The PROXY protocol (haproxy.org, proxy-protocol.txt), sections 2.1 (version 1) and 2.2 (version 2). */
export interface ProxyHeader {
  /** Undefined: those of the connection hold (UNKNOWN, LOCAL). */
  readonly addresses: ProxyAddresses | undefined
  /** Bytes in front of the extensions. */
  readonly length: number
  /** Bytes of extensions (TLVs). */
  readonly extensionsLength: number
}

/** Both of one family. */
export interface ProxyAddresses {
  readonly source: ProxyEndpoint
  readonly destination: ProxyEndpoint
}

export interface ProxyEndpoint {
  readonly ip: IpBits
  readonly port: number
}

/** As TCP wants it: one host, not all or many. */
export function isUnicast({ family, words }: IpBits): boolean {
  const first = words[0]!
  if (family === 6) return words.some((word) => word !== 0) && first >>> 24 !== 0xff
  return first !== 0 && first !== 0xffffffff && first >>> 28 !== 0xe
}
