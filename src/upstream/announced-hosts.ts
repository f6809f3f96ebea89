/** The hosts of a cluster as the main thread told of them: all at once, and one by one from then on. */
import type { AssignmentPolicy, HostSnapshot, HostsSnapshot } from './host-snapshot.ts'

/** A host, and the shared memory that its snapshot refers to. */
export interface AnnouncedHost {
  readonly snapshot: HostSnapshot
  readonly shared: readonly SharedArrayBuffer[]
}

export class AnnouncedHosts {
  readonly #text: string
  readonly #shared: readonly SharedArrayBuffer[]
  /** By id; the text is read for the first change. */
  #changed: { readonly hosts: Map<number, AnnouncedHost>; readonly policy: AssignmentPolicy } | undefined = undefined

  /** What came later than the snapshot, by number of the host. */
  #weights: Map<number, number> | undefined = undefined

  /** `text`: as `encodeHosts` wrote it. */
  constructor(text: string, shared: readonly SharedArrayBuffer[]) {
    this.#text = text
    this.#shared = shared
  }

  read(): { readonly hosts: readonly AnnouncedHost[]; readonly policy: AssignmentPolicy } {
    if (this.#changed !== undefined) return { ...this.#changed, hosts: [...this.#changed.hosts.values()] }
    const { hosts, policy } = JSON.parse(this.#text) as HostsSnapshot
    return { hosts: hosts.map((snapshot) => ({ snapshot, shared: this.#shared })), policy }
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
    this.#byId().set(host.snapshot.id, host)
  }

  delete(id: number): void {
    this.#byId().delete(id)
  }

  #byId(): Map<number, AnnouncedHost> {
    if (this.#changed === undefined) {
      const { hosts, policy } = this.read()
      this.#changed = { hosts: new Map(hosts.map((host) => [host.snapshot.id, host])), policy }
    }
    return this.#changed.hosts
  }
}
