/** The names under which a cluster may count, for the main thread to have them listed before anything is counted. */
import { type AnnouncedNames, announcedNames } from '../../stats/announced-names.ts'
import { BREAKER_NAMES } from '../circuit-breakers/breaker-gauges.ts'
import {
  OTHER_COUNTERS,
  OTHER_GAUGES,
  POOL_COUNTERS,
  POOL_GAUGES,
  POOL_HISTOGRAMS,
  UPDATE_COUNTERS,
  UPDATE_GAUGES,
} from '../cluster-stats.ts'
import type { TrackSettings } from '../cluster-tracking.ts'
import { trackedNames } from '../cluster-tracking.ts'

/** Lists are shared by all clusters that track the same. */
export class ClusterNames {
  readonly #byTracked = new Map<string, AnnouncedNames>()

  of(track: TrackSettings): AnnouncedNames {
    const histograms = trackedNames(track)
    const key = histograms.join()
    let names = this.#byTracked.get(key)
    if (names === undefined) this.#byTracked.set(key, (names = announcedNames(COMMON, { histograms })))
    return names
  }
}

const COMMON: AnnouncedNames = {
  counters: [...POOL_COUNTERS, ...UPDATE_COUNTERS, ...OTHER_COUNTERS],
  gauges: [...POOL_GAUGES, ...UPDATE_GAUGES, ...OTHER_GAUGES, ...BREAKER_NAMES],
  ownGauges: UPDATE_GAUGES,
  histograms: Object.keys(POOL_HISTOGRAMS),
}
