/**
 * What the threads know of a cluster's hosts, and how they hear of others: all of them at first, then what has changed, which
 * in a cluster of thousands mostly is little.
 */
import type { ClusterOrder } from '../../api/worker.ts'
import type { AssignmentPolicy, HostDescription } from '../host-snapshot.ts'
import { encodeHosts } from '../host-snapshot.ts'
import { hostDifference } from './host-difference.ts'

export interface HostsState {
  readonly hosts: readonly HostDescription[]
  readonly policy: AssignmentPolicy
  /** By number of the host. */
  readonly flags: ReadonlyMap<number, number>
}

/** Whoever has fewer hosts is told of all of them each time. */
const FEW = 64

export class SentHosts {
  readonly #cluster: string
  /** Undefined: the threads know nothing, or what came by other orders. */
  #sent: HostsState | undefined = undefined

  constructor(cluster: string) {
    this.#cluster = cluster
  }

  /** All hosts, for a thread that knows none. */
  whole({ hosts, policy, flags }: HostsState): ClusterOrder {
    return { kind: 'hosts.set', cluster: this.#cluster, ...encodeHosts(hosts, policyOf(policy), flags) }
  }

  /** What makes this state of the one before. */
  next(state: HostsState): ClusterOrder {
    const before = this.#sent
    const { hosts, policy, flags } = state
    // The map goes on changing.
    this.#sent = { hosts, policy, flags: new Map(flags) }
    if (before === undefined || hosts.length < FEW) return this.whole(state)
    const { added, changed, removed } = hostDifference(before.hosts, hosts)
    const told = new Set([...added, ...changed, ...reflagged(before, state)])
    if (told.size > hosts.length / 2) return this.whole(state)
    return {
      kind: 'hosts.update',
      cluster: this.#cluster,
      ...encodeHosts([...told], policyOf(policy), flags),
      order: Int32Array.from(hosts, ({ id }) => id),
      removed: Int32Array.from(removed, ({ id }) => id),
    }
  }

  /** One host alone. */
  single(host: HostDescription, { policy, flags }: HostsState): ClusterOrder {
    this.forget()
    return { kind: 'host.set', cluster: this.#cluster, ...encodeHosts([host], policyOf(policy), flags) }
  }

  /** The threads hear something by another way: the next time they are told everything. */
  forget(): void {
    this.#sent = undefined
  }
}

export function isSamePolicy(one: AssignmentPolicy, other: AssignmentPolicy): boolean {
  return JSON.stringify(policyOf(one)) === JSON.stringify(policyOf(other))
}

function reflagged(before: HostsState, { hosts, flags }: HostsState): readonly HostDescription[] {
  if (before.flags.size + flags.size === 0) return []
  return hosts.filter(({ id }) => before.flags.get(id) !== flags.get(id))
}

/** Without what else an assignment has. */
function policyOf(policy: AssignmentPolicy): AssignmentPolicy {
  const { overprovisioningFactor, weightedPriorityHealth, dropOverload } = policy
  return { overprovisioningFactor, weightedPriorityHealth, dropOverload }
}
