/** Numbers that all threads know of a DNS cache. */
import type { SharedState, SharedStates } from '../../base/shared-states.ts'

/** Which of the integers of the state means what. */
export const CACHE_NUMBER = { pendingRequests: 0, hosts: 1 } as const

const FLOATS = 1

export function claimCacheNumbers(states: SharedStates, cacheName: string): SharedState {
  return states.process.claim(`dns_cache\n${cacheName}`, FLOATS)
}

/** A moment that fits into a shared number; differences are right up to 24 days. */
export function sharedMoment(wallMs: number): number {
  return Math.floor(wallMs) | 0
}

export function elapsedMs(since: number, now: number): number {
  return (now - since) | 0
}
