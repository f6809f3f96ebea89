/** The hosts of a DNS cache in a key value store, as Envoy writes them: for each address a line `ip:port|TTL|second`. */
import type { KeyValueStore } from '../../api/key-value-store.ts'
import type { Logger } from '../../api/log.ts'
import type { IpAddress } from '../../api/network.ts'
import { ipAddress } from '../../network/address.ts'
import type { ResolvedAddress } from '../dns/dns-resolver.ts'

export interface PersistentHostsDeps {
  readonly store: KeyValueStore
  readonly logger: Logger
  readonly clock: { readonly wallNow: number }
}

export interface PersistentHost {
  readonly name: string
  /** Where its name says none. */
  readonly port: number
  readonly addresses: readonly ResolvedAddress[]
}

const SOURCE = 'source/extensions/common/dynamic_forward_proxy/dns_cache_impl.cc'
/** `[::1]:80` or `10.0.0.1:80`. */
const ADDRESS = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[\d.]+)):(?<port>\d{1,5})$/

export class PersistentHosts {
  readonly #deps: PersistentHostsDeps

  constructor(deps: PersistentHostsDeps) {
    this.#deps = deps
  }

  /** In their order; what cannot be read ends it. */
  *load(): Iterable<PersistentHost> {
    for (const [name, value] of this.#deps.store.entries()) {
      const lines = value.split('\n').filter((line) => line !== '')
      const read = lines.map((line) => this.#read(line))
      const [first] = read
      if (first === undefined || read.includes(undefined)) return
      yield { name, port: first.port, addresses: read.flatMap((one) => (one === undefined ? [] : [one])) }
    }
  }

  /** `addresses`: at least one. */
  keep(name: string, addresses: readonly IpAddress[], ttlS: number): void {
    const second = Math.floor(this.#deps.clock.wallNow / 1000)
    this.#deps.store.set(name, addresses.map(({ text }) => `${text}|${ttlS}|${second}`).join('\n'))
  }

  forget(name: string): void {
    this.#deps.store.delete(name)
  }

  close(): void {
    this.#deps.store.close()
  }

  /** A TTL of 0 is none. When it was resolved does not matter. */
  #read(line: string): (ResolvedAddress & { readonly port: number }) | undefined {
    const parts = line.split('|').filter((part) => part !== '')
    const [address = '', ttl = '', second = ''] = parts
    const found = parts.length === 3 ? addressIn(address) : undefined
    const isRead = found !== undefined && /^\d+$/.test(ttl) && Number(ttl) > 0 && /^\d+$/.test(second)
    if (isRead) return { ...found, ttlS: Number(ttl) }
    this.#deps.logger.warning(`${SOURCE}:777`, `Unable to parse cache line '${line}'`)
    return undefined
  }
}

function addressIn(text: string): { readonly ip: string; readonly port: number } | undefined {
  const { v4, v6, port } = ADDRESS.exec(text)?.groups ?? {}
  const ip = v4 ?? v6
  const address = ip === undefined || Number(port) > 65_535 ? undefined : ipAddress(ip, Number(port))
  return address && { ip: address.ip, port: address.port }
}
