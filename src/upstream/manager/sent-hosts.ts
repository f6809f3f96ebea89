/**
 * What the threads know of a cluster's hosts, and how they hear of others: all of them at first, then what has changed, which
 * in a cluster of thousands mostly is little.
 */
import type { ClusterOrder } from '../../api/worker.ts'
import type { AssignmentPolicy, HostDescription } from '../host-snapshot.ts'
import { encodeHosts } from '../host-snapshot.ts'
import type { HostDifferences } from './host-difference.ts'

export interface HostsState {
  readonly hosts: readonly HostDescription[]
  readonly policy: AssignmentPolicy
  /** By number of the host. */
  readonly flags: ReadonlyMap<number, number>
}

type WholeHosts = Extract<ClusterOrder, { readonly kind: 'hosts.set' }>

/** Whoever has fewer hosts is told of all of them each time. */
const FEW = 64

export class SentHosts {
  readonly #cluster: string
  readonly #differences: HostDifferences
  /** Undefined: the threads know nothing, or what came by other orders. */
  #sent: HostsState | undefined = undefined

  constructor(cluster: string, differences: HostDifferences) {
    this.#cluster = cluster
    this.#differences = differences
  }

  /** What the threads know, as one of them is told that knows nothing. */
  get known(): WholeHosts | undefined {
    return this.#sent && this.whole(this.#sent)
  }

  /** All hosts, for a thread that knows none. */
  whole({ hosts, policy, flags }: HostsState): WholeHosts {
    return { kind: 'hosts.set', cluster: this.#cluster, ...encodeHosts(hosts, policyOf(policy), flags) }
  }

  /** What makes this state of the one before. */
  next(state: HostsState): ClusterOrder {
    const before = this.#sent
    const { hosts, policy, flags } = state
    // The map goes on changing.
    this.#sent = { hosts, policy, flags: new Map(flags) }
    if (before === undefined || hosts.length < FEW) return this.whole(state)
    const { added, changed, removed } = this.#differences.between(before.hosts, hosts)
    const reflagged = reflaggedHosts(before, state)
    const news = [...added, ...changed]
    const told = reflagged.length === 0 ? news : [...new Set([...news, ...reflagged])]
    if (told.length > hosts.length / 2) return this.whole(state)
    return {
      kind: 'hosts.update',
      cluster: this.#cluster,
      ...encodeHosts(told, policyOf(policy), flags),
      order: numbersOf(hosts),
      removed: numbersOf(removed),
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

function reflaggedHosts(before: HostsState, { hosts, flags }: HostsState): readonly HostDescription[] {
  if (before.flags.size + flags.size === 0) return []
  return hosts.filter(({ id }) => before.flags.get(id) !== flags.get(id))
}

function numbersOf(hosts: readonly HostDescription[]): Int32Array {
  const numbers = new Int32Array(hosts.length)
  for (let at = 0; at < hosts.length; at++) numbers[at] = hosts[at]!.id
  return numbers
}

/** Without what else an assignment has. */
function policyOf(policy: AssignmentPolicy): AssignmentPolicy {
  const { overprovisioningFactor, weightedPriorityHealth, dropOverload } = policy
  return { overprovisioningFactor, weightedPriorityHealth, dropOverload }
}
