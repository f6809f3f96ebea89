/**
 * Collects young garbage when no client waits for this thread. The runtime does so when enough was allocated, which is
 * when somebody is being served: he then waits for a millisecond more, longer than his request takes.
 */
import { edenGC } from 'bun:jsc'
import type { LiveDispatcher } from '../../event/live-dispatcher.ts'
import { WorkInHand } from '../../event/work-in-hand.ts'

/** They leave some 10 MB behind. */
const COLLECTED_STREAMS = 2000

export function collectInPauses(dispatcher: LiveDispatcher, collect: () => unknown = edenGC): void {
  const work = dispatcher.local(WorkInHand)
  dispatcher.whileNothingIsReady(() => {
    const pauses = work.pausesAfter(COLLECTED_STREAMS)
    if (pauses) collect()
    return pauses
  })
}
