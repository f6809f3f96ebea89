/** Makes the hosts of a thread from what the main thread says of them. Hosts that are known keep their object. */
import type { Dispatcher } from '../api/event.ts'
import type { IpAddress } from '../api/network.ts'
import type { Runtime } from '../api/runtime.ts'
import type { AnnouncedHost, HostsUpdate } from './announced-hosts.ts'
import type { ClusterEntry } from './cluster-entry.ts'
import { EndpointHost, SharedHostStats } from './endpoint-host.ts'
import { HEALTH_FLAG, healthOf, healthStatusOf, isExcluded } from './health-flags.ts'
import type { HostSnapshot, HostsSnapshot } from './host-snapshot.ts'
import { createOrcaReceiver } from './orca/orca-receiver.ts'
import { foundHost } from './original-dst/found-host.ts'
import type { HostReportKind } from './outlier-detection/host-monitor.ts'
import { HealthMonitor, OutlierMonitor } from './outlier-detection/host-monitor.ts'
import { HOST_COUNTERS } from './shared-layout.ts'
import type { PlacedHost, PlacedHosts } from './thread-cluster.ts'
import type { ThreadClusterSettings } from './thread-settings.ts'
import type { Transports } from './transport/transports.ts'

export interface HostPlacementDeps {
  readonly dispatcher: Dispatcher
  readonly runtime: Runtime
  /** Tells the main thread what a host monitor saw. */
  report?(cluster: string, host: number, kind: HostReportKind): void
}

export class HostPlacement {
  readonly #deps: HostPlacementDeps

  constructor(deps: HostPlacementDeps) {
    this.#deps = deps
  }

  placeAll(entry: ClusterEntry, settings: ThreadClusterSettings): PlacedHosts {
    const { hosts, policy } = entry.hosts.read()
    const placed = hosts.map((announced) => this.place(entry, announced, settings))
    entry.known = new Map()
    for (const { host } of placed) entry.known.set(host.id, host)
    return { hosts: placed, policy }
  }

  /** `before`: as they were; those that nobody told of stay. */
  placeChanged(
    entry: ClusterEntry,
    { hosts, policy, order, removed }: HostsUpdate,
    before: readonly PlacedHost[],
    settings: ThreadClusterSettings,
  ): PlacedHosts {
    const gone = new Set(removed)
    for (const id of removed) entry.known.delete(id)
    const told = new Map<number, PlacedHost>()
    for (const announced of hosts) {
      const placed = this.place(entry, announced, settings)
      told.set(placed.host.id, placed)
      entry.known.set(placed.host.id, placed.host)
    }
    const staying = before.filter(({ host: { id } }) => !gone.has(id) && !told.has(id))
    return { hosts: merged(order, staying, told), policy }
  }

  /** Hosts that are known keep their object, and with it their pools. */
  place(entry: ClusterEntry, { snapshot, pages }: AnnouncedHost, settings: ThreadClusterSettings): PlacedHost {
    const host =
      entry.known.get(snapshot.id) ?? adopted(entry, snapshot, pages) ?? this.#createHost(snapshot, settings, pages)
    host.update(snapshot)
    host.transport = entry.transports?.of(snapshot, snapshot.metadata, snapshot.localityMetadata)
    const { priority, localityWeight, healthStatus, flags = 0 } = snapshot
    const weight = entry.hosts.weightOf(snapshot)
    host.setFailsHealthChecks((flags & HEALTH_FLAG.failedActiveHc) !== 0, this.#deps.dispatcher.wallNow)
    const health = healthOf(healthStatus, flags)
    host.healthy = health === 'healthy'
    const excluded = isExcluded(healthStatus, flags)
    return {
      host,
      weight,
      health,
      excluded,
      localityWeight,
      priority,
      healthStatus: healthStatusOf(healthStatus, flags),
    }
  }

  #createHost(
    snapshot: HostsSnapshot['hosts'][number],
    { name, healthChecked, outlierDetection, lbPolicy, happyEyeballs }: ThreadClusterSettings,
    pages: AnnouncedHost['pages'],
  ): EndpointHost {
    const counters = countersOf(snapshot, name, pages)
    const host = new EndpointHost(snapshot, name, counters, happyEyeballs)
    host.loadReports = createOrcaReceiver(lbPolicy, counters, () => this.#deps.dispatcher.wallNow)
    if (!healthChecked && outlierDetection === undefined) return host
    const { runtime } = this.#deps
    const deps = { counters, runtime, report: (kind: HostReportKind) => this.#deps.report?.(name, host.id, kind) }
    host.monitor = outlierDetection === undefined ? new HealthMonitor(deps) : new OutlierMonitor(outlierDetection, deps)
    return host
  }

  /** Counts by itself until the main thread says where. */
  createFound(address: IpAddress, settings: ThreadClusterSettings, transports: Transports | undefined): EndpointHost {
    const buffer = new SharedArrayBuffer(HOST_COUNTERS * Int32Array.BYTES_PER_ELEMENT)
    const { metadata: _, ...host } = foundHost(settings.name, address)
    const healthySinceMs = this.#deps.dispatcher.wallNow
    const pages = [new Int32Array(buffer)]
    const found = this.#createHost({ ...host, id: 0, healthySinceMs, buffer: 0, offset: 0 }, settings, pages)
    found.transport = transports?.of(found, undefined, undefined)
    return found
  }
}

/** In `order`, which most of the time is that in which the hosts stand already. */
function merged(
  order: Int32Array,
  staying: readonly PlacedHost[],
  told: ReadonlyMap<number, PlacedHost>,
): readonly PlacedHost[] {
  const hosts: PlacedHost[] = []
  let byId: Map<number, PlacedHost> | undefined = undefined
  let next = 0
  for (const id of order) {
    const candidate = staying[next]
    if (candidate?.host.id === id) {
      hosts.push(candidate)
      next++
      continue
    }
    const host: PlacedHost | undefined =
      told.get(id) ?? (byId ??= new Map(staying.map((placed) => [placed.host.id, placed]))).get(id)
    // The threads know all hosts that they were not told of now.
    if (host === undefined) throw new Error(`nobody told of host ${id}`)
    hosts.push(host)
  }
  return hosts
}

/** A host that this thread found before the main thread told of it. */
function adopted(
  { cluster }: ClusterEntry,
  { id, token, buffer, offset }: HostSnapshot,
  pages: AnnouncedHost['pages'],
): EndpointHost | undefined {
  const host = token === undefined ? undefined : cluster?.adopt(token)
  host?.confirm(id, { buffer: pages[buffer]!.buffer, offset, length: HOST_COUNTERS })
  return host
}

function countersOf(
  snapshot: HostsSnapshot['hosts'][number],
  clusterName: string,
  pages: AnnouncedHost['pages'],
): SharedHostStats {
  const page = pages[snapshot.buffer]
  if (page === undefined) throw new Error(`no counters for host ${snapshot.address.text} of ${clusterName}`)
  return new SharedHostStats({ buffer: page.buffer, offset: snapshot.offset, length: HOST_COUNTERS }, page)
}
