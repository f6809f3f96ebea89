/** Looking up names, as discovery sees it. */
import type { DnsLookupFamily } from '../config/dns-settings.ts'

export interface ResolvedAddress {
  readonly ip: string
  readonly ttlS: number
}

export type DnsResult =
  | {
      readonly status: 'completed'
      /** In the order of preference; empty when the name has no address. */
      readonly addresses: readonly ResolvedAddress[]
      /** Where to try when the first one refuses: the other face of a name that means this machine. */
      readonly alternates: readonly string[]
      /** What Envoy's resolver says of it, `cares_norecords:Domain name not found`. */
      readonly detail: string
    }
  /** Nobody answered, or with an error: says nothing about the name. */
  | { readonly status: 'failure'; readonly detail: string }

export interface DnsLookup {
  /** Nothing is called back. `timeout`: because it took too long, which the statistics tell. */
  cancel(reason?: 'timeout'): void
}

export interface DnsResolver {
  /** Calls back exactly once, never before it returns; not at all once cancelled. */
  resolve(name: string, family: DnsLookupFamily, onResult: (result: DnsResult) => void): DnsLookup
}
