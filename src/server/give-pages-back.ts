import type { Dispatcher } from '../api/event.ts'
import { releaseProgramPages } from '../platform/program-pages.ts'

/**
 * Since the start was over, in ms: the start itself touches most of what will not be needed again, then come the compilers of
 * what turns out to be hot.
 */
const WHEN_MS = [0, 10_000, 60_000]

/** Gives memory back that only the beginning needed. The result ends it. */
export function givePagesBack(dispatcher: Dispatcher, release = collectAndRelease): () => void {
  let done = 0
  const timer = dispatcher.timer(next)
  function next(): void {
    release()
    const before = WHEN_MS[done]!
    const after = WHEN_MS[++done]
    if (after !== undefined) timer.enable(after - before)
  }
  next()
  return () => timer.disable()
}

/** The pages first, which takes no time. What a configuration leaves behind while it is read is then collected. */
function collectAndRelease(): void {
  releaseProgramPages()
  Bun.gc(true)
}
