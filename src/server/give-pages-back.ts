import type { Dispatcher } from '../api/event.ts'
import { releaseProgramPages } from '../platform/program-pages.ts'

/**
 * Since the start was over, in ms. At once go the tables of parsers and compilers; code waits, as the compilers of the first
 * requests need much of what the start needed.
 */
const WHEN = [
  { ms: 0, what: 'data' },
  { ms: 10_000, what: 'all' },
  { ms: 60_000, what: 'all' },
] as const

/** Gives memory of the program back that only the beginning needed. The result ends it. */
export function givePagesBack(dispatcher: Dispatcher, release = collectAndRelease): () => void {
  let done = 0
  const timer = dispatcher.timer(next)
  function next(): void {
    const { ms, what } = WHEN[done]!
    release(what)
    const after = WHEN[++done]
    if (after !== undefined) timer.enable(after.ms - ms)
  }
  next()
  return () => timer.disable()
}

/** What a configuration leaves behind while it is read is collected first. */
function collectAndRelease(what: 'data' | 'all'): void {
  Bun.gc(true)
  releaseProgramPages(what)
}
