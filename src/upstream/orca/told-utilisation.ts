/** How busy a host says it is, between the thread that got its report and the one that weighs localities. */
import type { SharedCounters } from '../../stats/shared-counters.ts'
import { LOAD } from '../shared-layout.ts'
import { NEVER, ageOf } from './orca-time.ts'

/** A decimal stays what it was: thresholds are decimals as well. */
const UNIT = 10_000_000
const MOST = 2 ** 31 - 1

export function storedUtilisation(utilisation: number): number {
  return Math.min(MOST, Math.round(utilisation * UNIT))
}

/** undefined: it has not told, or too long ago. `expirationMs` 0: nothing is too long ago. */
export function toldUtilisation(counters: SharedCounters, expirationMs: number, wallNow: number): number | undefined {
  const updated = counters.get(LOAD.updated)
  if (updated === NEVER || (expirationMs > 0 && ageOf(updated, wallNow) > expirationMs)) return undefined
  return counters.get(LOAD.utilisation) / UNIT
}
