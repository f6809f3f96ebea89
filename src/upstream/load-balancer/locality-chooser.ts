/**
 * Localities in proportion to their weights, as far as they are healthy (Envoy docs: intro/arch_overview/upstream/
 * load_balancing/locality_weight), and within each a chooser of its own.
 */
import type { EndpointHost } from '../endpoint-host.ts'
import type { LoadBalancerDeps } from './balancer.ts'
import { EdfScheduler } from './edf-scheduler.ts'
import type { HostChooser } from './host-chooser.ts'
import { createHostChooser } from './host-chooser.ts'
import type { LocalityHosts } from './host-set.ts'
import type { OrdinaryPolicy } from './load-balancer.ts'

interface WeightedChooser {
  readonly chooser: HostChooser
  readonly weight: number
}

/** undefined: no locality has both a weight and such hosts. `overprovisioningFactor` in percent. */
export function createLocalityChooser(
  localities: readonly LocalityHosts[],
  health: 'healthy' | 'degraded',
  overprovisioningFactor: number,
  policy: OrdinaryPolicy,
  deps: LoadBalancerDeps,
): HostChooser | undefined {
  const choosers: WeightedChooser[] = []
  for (const locality of localities) {
    const weight = effectiveWeight(locality, locality[health].length, overprovisioningFactor)
    if (weight > 0) choosers.push({ chooser: createHostChooser(policy, locality[health], deps), weight })
  }
  return choosers.length === 0 ? undefined : new LocalityChooser(choosers, deps.random.u32() % choosers.length)
}

function effectiveWeight({ all, excluded, weight }: LocalityHosts, available: number, factor: number): number {
  const counted = all.length - excluded.length
  return counted <= 0 ? 0 : weight * Math.min(1, ((factor / 100) * available) / counted)
}

class LocalityChooser implements HostChooser {
  readonly #scheduler: EdfScheduler<WeightedChooser>

  constructor(choosers: readonly WeightedChooser[], skipped: number) {
    this.#scheduler = new EdfScheduler(choosers, ({ weight }) => weight)
    for (let i = 0; i < skipped; i++) this.#scheduler.pick()
  }

  choose(): EndpointHost | undefined {
    return this.#scheduler.pick()?.chooser.choose()
  }
}
