/**
 * The hosts of a cluster as text, which tells whether they changed and goes to the threads: made once for a host set, as there
 * may be thousands in it. Flags of health are not in it.
 */
import type { AssignmentPolicy, HostDescription } from '../host-snapshot.ts'
import { encodeHosts } from '../host-snapshot.ts'

export type EncodedHostSet = ReturnType<typeof encodeHosts>

interface Kept {
  readonly hosts: readonly HostDescription[]
  readonly policy: AssignmentPolicy
  readonly encoded: EncodedHostSet
}

export class EncodedHosts {
  #kept: Kept | undefined = undefined

  /** Neither is ever patched, so the same list holds the same. */
  of(hosts: readonly HostDescription[], policy: AssignmentPolicy): EncodedHostSet {
    const kept = this.#kept
    if (kept !== undefined && kept.hosts === hosts && kept.policy === policy) return kept.encoded
    const encoded = encodeHosts(hosts, policyOf(policy))
    this.#kept = { hosts, policy, encoded }
    return encoded
  }
}

/** Without what else an assignment has. */
export function policyOf(policy: AssignmentPolicy): AssignmentPolicy {
  const { overprovisioningFactor, weightedPriorityHealth, dropOverload } = policy
  return { overprovisioningFactor, weightedPriorityHealth, dropOverload }
}
