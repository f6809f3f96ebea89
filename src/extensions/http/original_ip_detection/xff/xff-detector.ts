/** The client's address out of x-forwarded-for, behind so many proxies or behind proxies of known ranges. */
import type { OriginalIp, OriginalIpDetector } from '../../../../api/early-request.ts'
import type { RequestHeaders } from '../../../../api/headers.ts'
import type { Address } from '../../../../api/network.ts'
import type { CidrRange } from '../../../../config/cidr-range.ts'
import {
  addressFromForwardedFor,
  isSingleForwardedFor,
  lastUntrustedAddress,
} from '../../../../http/request-headers/forwarded-for.ts'

export interface XffConfig {
  readonly trustedHops: number
  /** Empty: hops are counted. */
  readonly trustedRanges: readonly CidrRange[]
  readonly skipAppend: boolean
}

export class XffDetector implements OriginalIpDetector {
  readonly #config: XffConfig

  constructor(config: XffConfig) {
    this.#config = config
  }

  detect(headers: RequestHeaders, peer: Address): OriginalIp {
    const { trustedHops, trustedRanges, skipAppend } = this.#config
    if (trustedRanges.length > 0) {
      // Whoever is no proxy of ours is the client, and the next hop has to hear of it.
      if (!isTrusted(peer, trustedRanges)) return UNKNOWN_PEER
      const address = lastUntrustedAddress(headers, (candidate) => isTrusted(candidate, trustedRanges))
      return { address, trusted: isSingleForwardedFor(headers), appendsForwardedFor: !skipAppend }
    }
    return {
      address: addressFromForwardedFor(headers, trustedHops),
      trusted: trustedHops === 0 && isSingleForwardedFor(headers),
      appendsForwardedFor: !skipAppend,
    }
  }
}

const UNKNOWN_PEER: OriginalIp = { address: undefined, trusted: false, appendsForwardedFor: true }

function isTrusted(address: Address, ranges: readonly CidrRange[]): boolean {
  return ranges.some((range) => range.contains(address))
}
