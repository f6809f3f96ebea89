/** The host sets of a subset: the cluster's, with only some of the hosts. */
import type { SubsetPolicy } from '../../config/policies/policy.ts'
import type { LocalityHosts, WeightedHost } from '../host-set.ts'
import { HostSet, byHealth } from '../host-set.ts'

export function subsetHosts(
  sets: readonly HostSet[],
  isIn: (host: WeightedHost) => boolean,
  policy: Pick<SubsetPolicy, 'localityWeightAware' | 'scaleLocalityWeight'>,
): readonly HostSet[] {
  return sets.map((set) => {
    const hosts = set.all.filter(isIn)
    const { localLocality } = set
    return new HostSet(hosts, {
      localities: () => set.localities.map((locality) => reduced(locality, isIn, policy.scaleLocalityWeight)),
      hasLocalityWeights: policy.localityWeightAware,
      localLocality,
    })
  })
}

/** With `scale` the weight goes down as the number of hosts does. */
function reduced(whole: LocalityHosts, isIn: (host: WeightedHost) => boolean, scale: boolean): LocalityHosts {
  const hosts = whole.all.filter(isIn)
  const weight = scale ? Math.round((whole.weight * hosts.length) / whole.all.length) : whole.weight
  return { ...byHealth(hosts), locality: whole.locality, weight }
}
