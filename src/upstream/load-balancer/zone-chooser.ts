/** Hosts of priority 0, by zone where there is a plan for it. */
import type { EndpointHost } from '../endpoint-host.ts'
import type { HostChooser } from './host-chooser.ts'
import type { LocalityHosts } from './host-set.ts'
import { ANYWHERE, NOWHERE } from './zone-routing.ts'
import type { ZoneRouting } from './zone-routing.ts'

export class ZoneChooser implements HostChooser {
  readonly #routing: ZoneRouting
  readonly #localities: readonly LocalityHosts[]
  readonly #everywhere: HostChooser
  readonly #create: (locality: LocalityHosts) => HostChooser
  readonly #choosers: HostChooser[] = []

  /** `everywhere`: over all hosts; `create`: over those of one locality, when it is first wanted. */
  constructor(
    routing: ZoneRouting,
    localities: readonly LocalityHosts[],
    everywhere: HostChooser,
    create: (locality: LocalityHosts) => HostChooser,
  ) {
    this.#routing = routing
    this.#localities = localities
    this.#everywhere = everywhere
    this.#create = create
  }

  choose(): EndpointHost | undefined {
    const place = this.#routing.choose()
    if (place === ANYWHERE) return this.#everywhere.choose()
    if (place === NOWHERE) return undefined
    const chooser = (this.#choosers[place] ??= this.#create(this.#localities[place]!))
    return chooser.choose()
  }
}
