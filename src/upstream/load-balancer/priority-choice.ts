/** Which hosts take a request, before it is known which one of them: a priority, and whether its healthy hosts. */
import type { PriorityLoad } from './priority-load.ts'

/** The priority where the healthy hosts take it, `~priority` where the degraded ones do: no object for each request. */
export type PriorityChoice = number

/** `random`: 32 bits. */
export function choosePriority({ healthy, degraded }: Omit<PriorityLoad, 'panic'>, random: number): PriorityChoice {
  const hash = random % 100
  let bound = 0
  for (let priority = 0; priority < healthy.length; priority++) {
    bound += healthy[priority]!
    if (hash < bound) return priority
  }
  for (let priority = 0; priority < degraded.length; priority++) {
    bound += degraded[priority]!
    if (hash < bound) return ~priority
  }
  // Nothing is available, and panic is off.
  return 0
}
