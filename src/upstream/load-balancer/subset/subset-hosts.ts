/** The host sets of a subset: the cluster's, with only some of the hosts. */
import type { SubsetPolicy } from '../../config/policies/policy.ts'
import type { LocalityHosts, WeightedHost } from '../host-set.ts'
import { HostSet, byHealth, localityName } from '../host-set.ts'

/** `members`: by priority, in the order of the sets, and nobody else is looked at: there may be thousands of subsets. */
export function subsetHosts(
  sets: readonly HostSet[],
  members: readonly (readonly WeightedHost[])[],
  policy: Pick<SubsetPolicy, 'localityWeightAware' | 'scaleLocalityWeight'>,
): readonly HostSet[] {
  return sets.map((set, priority) => {
    const hosts = members[priority]!
    const { localLocality } = set
    return new HostSet(hosts, {
      localities: () => {
        const byName = Map.groupBy(hosts, ({ host }) => localityName(host.locality))
        return set.localities.map((whole) =>
          reduced(whole, byName.get(localityName(whole.locality)) ?? [], policy.scaleLocalityWeight),
        )
      },
      hasLocalityWeights: policy.localityWeightAware,
      localLocality,
    })
  })
}

/** With `scale` the weight goes down as the number of hosts does. */
function reduced(whole: LocalityHosts, hosts: readonly WeightedHost[], scale: boolean): LocalityHosts {
  const weight = scale ? Math.round((whole.weight * hosts.length) / whole.all.length) : whole.weight
  return { ...byHealth(hosts), locality: whole.locality, weight }
}
