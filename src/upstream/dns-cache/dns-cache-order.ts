/** What the main thread tells every thread of its DNS caches, and what it is asked for. */
import type { IpAddress } from '../../api/network.ts'
import type { FromWorker, ToWorker } from '../../api/worker.ts'

/** An order as it is before a worker's handle numbers it. */
export type DnsCacheOrder = WithoutSeq<Extract<ToWorker, { kind: 'dns.host' | 'dns.host-remove' }>>
type WithoutSeq<O> = O extends unknown ? Omit<O, 'seq'> : never

export type DnsLoadRequest = Extract<FromWorker, { kind: 'dns.load' }>

/** `info` of the order dns.host, as JSON. */
export interface CachedHostInfo {
  /** The one to connect to; absent where there is none. */
  readonly address?: IpAddress | undefined
  readonly details: string
  /** The last lookup was no answer. */
  readonly failed: boolean
}
