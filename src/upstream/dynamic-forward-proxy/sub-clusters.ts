/**
 * The sub clusters of a dynamic forward proxy cluster, on the main thread: makes one for each host that a thread asks for, as
 * the cluster itself is configured, and takes those away that nobody has used for a while.
 */
import type { Json, Message } from '../../api/config.ts'
import type { Dispatcher, Timer } from '../../api/event.ts'
import type { SharedBlock, SharedCounterAllocator } from '../../stats/shared-counters.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { SharedCounters } from '../../stats/shared-counters.ts'
import type { SubClustersConfig } from '../config/dynamic-forward-proxy.ts'
import { elapsedMs, sharedMoment } from '../dns-cache/shared-numbers.ts'
import type { Discovery } from '../manager/discovery.ts'
import { subClusterName } from './sub-cluster-name.ts'

export interface SubClustersDeps {
  readonly dispatcher: Dispatcher
  readonly shared: SharedCounterAllocator
  /** Adds a cluster; `lastUsed`: where threads say that they use it. */
  add(message: Message, lastUsed: SharedBlock): void
  remove(name: string): void
  /** There will be no cluster of this name. */
  refuse(name: string): void
}

export class SubClusterDiscovery implements Discovery {
  readonly #message: Message
  readonly #config: SubClustersConfig
  readonly #deps: SubClustersDeps
  readonly #lastUsed = new Map<string, SharedCounters>()
  readonly #idleTimer: Timer

  /** `message`: the configuration of the cluster, which its sub clusters inherit. */
  constructor(message: Message, config: SubClustersConfig, deps: SubClustersDeps) {
    this.#message = message
    this.#config = config
    this.#deps = deps
    this.#idleTimer = deps.dispatcher.timer(() => this.#removeIdle())
  }

  start(onReady: () => void): void {
    this.#idleTimer.enable(this.#config.ttlMs)
    onReady()
  }

  close(): void {
    this.#idleTimer.disable()
    for (const name of this.#lastUsed.keys()) this.#deps.remove(name)
    this.#lastUsed.clear()
  }

  onSubClusterWanted(host: string, port: number): void {
    const deps = this.#deps
    const name = subClusterName(host, port)
    const moment = sharedMoment(deps.dispatcher.wallNow)
    const known = this.#lastUsed.get(name)
    if (known !== undefined) return known.set(0, moment)
    if (this.#lastUsed.size >= this.#config.maxSubClusters) return deps.refuse(name)
    const block = deps.shared.allocate(1)
    const lastUsed = new SharedCounters(block)
    lastUsed.set(0, moment)
    this.#lastUsed.set(name, lastUsed)
    const message = this.#messageOf(name, host, port)
    // Only a host that can be none is wrong; whoever asked for it waits in vain.
    if (message !== undefined) deps.add(message, block)
  }

  #removeIdle(): void {
    const now = sharedMoment(this.#deps.dispatcher.wallNow)
    for (const [name, lastUsed] of this.#lastUsed) {
      if (elapsedMs(lastUsed.get(0), now) <= this.#config.ttlMs) continue
      this.#lastUsed.delete(name)
      this.#deps.remove(name)
    }
    this.#idleTimer.enable(this.#config.ttlMs)
  }

  #messageOf(name: string, host: string, port: number): Message | undefined {
    const { cluster_type: _, lb_policy: __, ...inherited } = this.#message
    const { lbPolicy, dnsCluster } = this.#config
    const address: Json = { socket_address: { address: host, port_value: port } }
    const parsed = parseMessage(CLUSTER, {
      upstream_http_protocol_options: { auto_sni: true, auto_san_validation: true },
      ...inherited,
      name,
      ...(dnsCluster === undefined
        ? { type: 'STRICT_DNS' }
        : { cluster_type: { name: DNS, typed_config: dnsCluster } }),
      lb_policy: lbPolicy,
      load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    })
    return parsed.ok ? parsed.value : undefined
  }
}

const CLUSTER = 'envoy.config.cluster.v3.Cluster'
const DNS = 'envoy.cluster.dns'
