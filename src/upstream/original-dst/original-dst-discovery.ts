/** Type ORIGINAL_DST on the main thread: keeps the hosts that threads have found for as long as they are used. */
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { IpAddress } from '../../api/network.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { HostDescription } from '../host-snapshot.ts'
import type { Discovery } from '../manager/discovery.ts'
import type { MainCluster } from '../manager/main-cluster.ts'
import { HOST } from '../shared-layout.ts'
import { foundHost } from './found-host.ts'

export interface OriginalDstDiscoveryDeps {
  readonly dispatcher: Pick<Dispatcher, 'timer'>
}

export class OriginalDstDiscovery implements Discovery {
  readonly #cluster: MainCluster
  readonly #cleanupTimer: Timer
  /** What had been done with a host when it was last looked at, by its id; new ones are not here. */
  readonly #activity = new Map<number, number>()

  constructor(cluster: MainCluster, { dispatcher }: OriginalDstDiscoveryDeps) {
    this.#cluster = cluster
    this.#cleanupTimer = dispatcher.timer(() => this.#cleanUp())
  }

  start(onReady: () => void): void {
    this.#cleanupTimer.enable(this.#cluster.config.cleanupIntervalMs)
    onReady()
  }

  close(): void {
    this.#cleanupTimer.disable()
  }

  onHostFound(address: IpAddress, token: string): void {
    const cluster = this.#cluster
    const host = cluster.createHost({ ...foundHost(cluster.config.name, address), token })
    cluster.setHosts([...cluster.hosts, host])
  }

  /** Hosts of one address stay and go together. */
  #cleanUp(): void {
    const { hosts } = this.#cluster
    const used = new Set(hosts.filter((host) => this.#wasUsed(host)).map(({ address }) => address.text))
    const kept = hosts.filter(({ address }) => used.has(address.text))
    if (kept.length < hosts.length) this.#cluster.setHosts(kept)
    for (const { id, address } of hosts) if (!used.has(address.text)) this.#activity.delete(id)
    this.#cleanupTimer.enable(this.#cluster.config.cleanupIntervalMs)
  }

  /** Since the last look, or it is still connected. */
  #wasUsed({ id, counters }: HostDescription): boolean {
    const numbers = new SharedCounters(counters)
    const activity = DONE.reduce((total, index) => (total + numbers.get(index)) | 0, 0)
    const changed = this.#activity.get(id) !== activity
    this.#activity.set(id, activity)
    return changed || IN_FLIGHT.some((index) => numbers.get(index) !== 0)
  }
}

const DONE = [HOST.cxTotal, HOST.rqTotal, HOST.rqError, HOST.rqTimeout]
const IN_FLIGHT = [HOST.cxActive, HOST.rqActive, HOST.rqPendingActive]
