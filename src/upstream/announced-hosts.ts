/** The hosts of a cluster as the main thread told of them: all at once, and what changed from then on. */
import type { AssignmentPolicy, HostSnapshot, HostsSnapshot } from './host-snapshot.ts'

/** A host, and views of the shared memory that its snapshot refers to. */
export interface AnnouncedHost {
  readonly snapshot: HostSnapshot
  readonly pages: readonly Int32Array<SharedArrayBuffer>[]
}

/** `order`: numbers of all hosts that there are now. */
export interface HostsUpdate {
  /** Those that came or changed. */
  readonly hosts: readonly AnnouncedHost[]
  readonly policy: AssignmentPolicy
  readonly order: Int32Array
  readonly removed: Int32Array
}

/** As `encodeHosts` wrote them. */
export interface EncodedHosts {
  readonly snapshot: string
  /** The buffers that the text refers to: `SharedArrayBuffer`s. */
  readonly shared: unknown
}

/** On the main thread, whose clusters know their hosts: as they are when somebody asks. */
export type HostsSource = () => EncodedHosts

interface Later {
  readonly hosts: Map<number, AnnouncedHost>
  readonly policy: AssignmentPolicy
  readonly order: Int32Array
}

export class AnnouncedHosts {
  #source: EncodedHosts | HostsSource
  /** By id; the text is read for the first change of a single host. */
  #changed: { readonly hosts: Map<number, AnnouncedHost>; readonly policy: AssignmentPolicy } | undefined = undefined
  /** What updates brought after the text, which stays as it is: nobody may ever ask for it. */
  #later: Later | undefined = undefined

  /** What came later than the snapshot, by number of the host. */
  #weights: Map<number, number> | undefined = undefined

  constructor(source: EncodedHosts | HostsSource) {
    this.#source = source
  }

  /** Changes need not be noted here. */
  get isKeptElsewhere(): boolean {
    return typeof this.#source === 'function'
  }

  read(): { readonly hosts: readonly AnnouncedHost[]; readonly policy: AssignmentPolicy } {
    if (this.#changed !== undefined) return { ...this.#changed, hosts: [...this.#changed.hosts.values()] }
    const base = readHosts(typeof this.#source === 'function' ? this.#source() : this.#source)
    const later = this.#later
    if (later === undefined) return base
    const byId = new Map(base.hosts.map((host) => [host.snapshot.id, host]))
    const hosts = Array.from(later.order, (id) => later.hosts.get(id) ?? byId.get(id)!)
    return { hosts, policy: later.policy }
  }

  /** Its hosts are made, and keep what they need. */
  release(): void {
    this.#source = NO_HOSTS
    this.#changed = undefined
    this.#later = undefined
  }

  update({ hosts: told, policy, order }: HostsUpdate): void {
    const before = this.#later?.hosts ?? []
    const hosts = new Map(before)
    for (const host of told) hosts.set(host.snapshot.id, host)
    if (hosts.size > order.length) {
      const staying = new Set(order)
      for (const id of hosts.keys()) if (!staying.has(id)) hosts.delete(id)
    }
    this.#later = { hosts, policy, order }
  }

  /** All that came so far, with these. */
  setWeights(weights: readonly (readonly [number, number])[]): ReadonlyMap<number, number> {
    this.#weights ??= new Map()
    for (const [id, weight] of weights) this.#weights.set(id, weight)
    return this.#weights
  }

  weightOf({ id, weight }: HostSnapshot): number {
    return this.#weights?.get(id) ?? weight
  }

  /** Adds it, or replaces the one with its id. */
  set(host: AnnouncedHost): void {
    if (!this.isKeptElsewhere) this.#byId().set(host.snapshot.id, host)
  }

  delete(id: number): void {
    if (!this.isKeptElsewhere) this.#byId().delete(id)
  }

  #byId(): Map<number, AnnouncedHost> {
    if (this.#changed === undefined) {
      const { hosts, policy } = this.read()
      this.#changed = { hosts: new Map(hosts.map((host) => [host.snapshot.id, host])), policy }
    }
    return this.#changed.hosts
  }
}

const NO_HOSTS: EncodedHosts = { snapshot: '{"hosts":[]}', shared: [] }

export function readHosts({ snapshot: text, shared }: EncodedHosts): {
  readonly hosts: readonly AnnouncedHost[]
  readonly policy: AssignmentPolicy
} {
  const pages = (shared as readonly SharedArrayBuffer[]).map((buffer) => new Int32Array(buffer)) // see there
  const { hosts, policy } = JSON.parse(text) as HostsSnapshot
  return { hosts: hosts.map((snapshot) => ({ snapshot, pages })), policy }
}
