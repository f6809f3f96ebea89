/** A host on one thread: its identity, and its counters, which all threads share. */
import type { Address } from '../api/network.ts'
import type { Host, HostMonitor, HostStats, LoadReportSink, Locality, Pick } from '../api/upstream.ts'
import type { UpstreamTransportSockets } from '../api/transport-socket.ts'
import type { SharedBlock } from '../stats/shared-counters.ts'
import { SharedCounters } from '../stats/shared-counters.ts'
import type { HostSnapshot } from './host-snapshot.ts'
import type { HostHashes } from './load-balancer/hash/host-hashes.ts'
import type { HappyEyeballsConfig } from './race-order.ts'
import { DEFAULT_HAPPY_EYEBALLS, raceOrder } from './race-order.ts'
import { HOST } from './shared-layout.ts'

export class SharedHostStats extends SharedCounters implements HostStats {
  get cxActive(): number {
    return this.get(HOST.cxActive)
  }

  /** Over all threads. */
  get activeRequests(): number {
    return this.get(HOST.rqActive)
  }

  cxOpened(): void {
    this.add(HOST.cxTotal, 1)
    this.add(HOST.cxActive, 1)
  }

  /** One more attempt for a connection that is counted already. */
  cxAttempted(): void {
    this.add(HOST.cxTotal, 1)
  }

  cxClosed(): void {
    this.add(HOST.cxActive, -1)
  }

  cxConnectFail(): void {
    this.add(HOST.cxConnectFail, 1)
  }

  rqTotal(): void {
    this.add(HOST.rqTotal, 1)
  }

  rqSuccess(): void {
    this.add(HOST.rqSuccess, 1)
  }

  rqError(): void {
    this.add(HOST.rqError, 1)
  }

  rqTimeout(): void {
    this.add(HOST.rqTimeout, 1)
  }

  rqActive(delta: 1 | -1): void {
    this.add(HOST.rqActive, delta)
  }

  rqPendingActive(delta: 1 | -1): void {
    this.add(HOST.rqPendingActive, delta)
  }
}

export class EndpointHost implements Host {
  /** 0: the main thread has not heard of it yet. */
  id: number
  address: Address
  hostname: string
  locality: Locality
  metadata: Readonly<Record<string, unknown>> | undefined
  localityMetadata: Readonly<Record<string, unknown>> | undefined
  canary: boolean
  /** When it was found, or passed its health checks again; wall-clock milliseconds. */
  healthySinceMs: number
  #failsHealthChecks = false
  /** Neither degraded nor worse. */
  healthy = true
  readonly clusterName: string
  readonly stats: SharedHostStats
  /** Set when the host is made, if at all. */
  monitor: HostMonitor | undefined = undefined
  loadReports: LoadReportSink | undefined = undefined
  /** The sockets of its connections; undefined: bytes pass as they are. */
  transport: UpstreamTransportSockets | undefined = undefined
  /** Where tables of hashes choose among hosts. */
  hashes: HostHashes | undefined = undefined
  /** What a balancer answers when it chose this host; made once. */
  readonly asPick: Pick
  /** Where to connect: the host's address, or the other face of the same machine when it refuses. */
  #faces: readonly Address[]
  /** The one that accepted last. */
  #preferred = 0
  /** Addresses that are tried in this order, side by side after a while; undefined: there is but one. */
  racing: readonly Address[] | undefined
  readonly #happyEyeballs: HappyEyeballsConfig

  constructor(
    snapshot: HostSnapshot,
    clusterName: string,
    stats: SharedHostStats,
    happyEyeballs = DEFAULT_HAPPY_EYEBALLS,
  ) {
    this.id = snapshot.id
    this.address = snapshot.address
    this.hostname = snapshot.hostname
    this.locality = snapshot.locality
    this.metadata = snapshot.metadata
    this.localityMetadata = snapshot.localityMetadata
    this.canary = snapshot.canary
    this.healthySinceMs = snapshot.healthySinceMs
    this.clusterName = clusterName
    this.stats = stats
    this.asPick = { kind: 'host', host: this }
    this.#faces = [snapshot.address, ...snapshot.fallbackAddresses]
    this.#happyEyeballs = happyEyeballs
    this.racing = this.#racing(snapshot)
  }

  /** The same host, described anew or elsewhere (LOGICAL_DNS): what is connected stays. */
  update(snapshot: HostSnapshot): void {
    this.hostname = snapshot.hostname
    this.locality = snapshot.locality
    this.metadata = snapshot.metadata
    this.localityMetadata = snapshot.localityMetadata
    this.canary = snapshot.canary
    this.racing = this.#racing(snapshot)
    if (snapshot.address.text === this.address.text && snapshot.fallbackAddresses.length === this.#faces.length - 1)
      return
    this.address = snapshot.address
    this.#faces = [snapshot.address, ...snapshot.fallbackAddresses]
    this.#preferred = 0
  }

  /** The main thread has heard of it. What was counted until then goes to where all threads count. */
  confirm(id: number, counters: SharedBlock): void {
    this.id = id
    this.stats.moveTo(counters)
  }

  #racing({ address, additionalAddresses = [] }: HostSnapshot): readonly Address[] | undefined {
    return additionalAddresses.length === 0
      ? undefined
      : raceOrder([address, ...additionalAddresses], this.#happyEyeballs)
  }

  /** After failing it starts slowly again, if it does at all. */
  setFailsHealthChecks(fails: boolean, wallNow: number): void {
    if (this.#failsHealthChecks && !fails) this.healthySinceMs = wallNow
    this.#failsHealthChecks = fails
  }

  get faceCount(): number {
    return this.#faces.length
  }

  /** The `attempt`-th address to try, beginning with 0. */
  addressToTry(attempt: number): Address {
    return this.#faces[(this.#preferred + attempt) % this.#faces.length] ?? this.address
  }

  /** `attempt` as given to `addressToTry` led to a connection. */
  connected(attempt: number): void {
    this.#preferred = (this.#preferred + attempt) % this.#faces.length
  }
}
