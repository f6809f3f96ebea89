/**
 * Which listener serves an address, as `use_original_dst` asks: the one with this very address, else the one that listens
 * on all addresses of the family and on this port (Envoy: getBalancedHandlerByAddress).
 */
import type { Address, IpAddress } from '../api/network.ts'
import { canonicalIpAddress, isWildcard, socketAddress } from '../network/address.ts'

export interface AddressedListener {
  readonly addresses: readonly Address[]
}

export class ListenerAddresses<T extends AddressedListener> {
  readonly #byText = new Map<string, T>()

  /** Where several have an address, the last one counts. */
  constructor(listeners: readonly T[]) {
    const compatible = new Map<string, T>()
    for (const listener of listeners) {
      for (const address of listener.addresses) {
        this.#byText.set(address.text, listener)
        const other = address.kind === 'ip' ? servedIpv4(address) : undefined
        if (other !== undefined) compatible.set(other.text, listener)
      }
    }
    // What listens on the IPv4 address itself has it.
    for (const [text, listener] of compatible) if (!this.#byText.has(text)) this.#byText.set(text, listener)
  }

  find(address: Address): T | undefined {
    const exact = this.#byText.get(address.text)
    if (exact !== undefined || address.kind !== 'ip') return exact
    return this.#byText.get(anyAddress(address.family, address.port).text)
  }
}

function anyAddress(family: 4 | 6, port: number): IpAddress {
  return canonicalIpAddress(family, family === 4 ? '0.0.0.0' : '::', port)
}

/** An IPv6 socket with `ipv4_compat` has IPv4 clients as well. */
export function servedIpv4(address: IpAddress): IpAddress | undefined {
  if (address.family !== 6 || address.ipv4Compat !== true) return undefined
  if (isWildcard(address)) return anyAddress(4, address.port)
  const inner = socketAddress(address.ip, address.port)
  return inner.family === 4 ? inner : undefined
}
