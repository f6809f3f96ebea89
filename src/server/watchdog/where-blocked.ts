/** What can be told from outside about a thread that does not answer. */
import { readFileSync } from 'node:fs'
import type { Activity } from '../../event/activity.ts'

/** For instance `last in http filter envoy.filters.http.lua; running`. */
export function whereBlocked(activity: Activity): string {
  const place = activity.lastPlace
  const state = threadState(activity.threadId)
  return [place === undefined ? [] : [`last in ${place}`], state === undefined ? [] : [state]].flat().join('; ')
}

/** What the system says of the thread; undefined where it says nothing. */
function threadState(threadId: number): string | undefined {
  if (threadId === 0) return undefined
  const status = read(`/proc/self/task/${threadId}/stat`)
  // The name before it is in parentheses and may itself hold any character.
  const state = status?.slice(status.lastIndexOf(')') + 2, status.lastIndexOf(')') + 3)
  if (state === 'R') return 'running'
  if (state !== 'S' && state !== 'D') return undefined
  const function_ = read(`/proc/self/task/${threadId}/wchan`)
  return function_ === undefined || function_ === '0' || function_ === ''
    ? 'waiting in the kernel'
    : `waiting in the kernel (${function_})`
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
