/** What a cluster answers that has no host for a request. */
import type { Pick } from '../api/upstream.ts'

export const NO_HOST = noHost('no_healthy_upstream')

/** The one that has to get the request is not among the cluster's. */
export const UNKNOWN_HOST: Pick = { kind: 'none', flag: 'UH', detail: 'no_healthy_upstream', isUnknown: true }

export function noHost(detail: string): Pick {
  return { kind: 'none', flag: 'UH', detail }
}
