/** What a cluster answers that has no host for a request. */
import type { Pick } from '../api/upstream.ts'

export const NO_HOST = noHost('no_healthy_upstream')

export function noHost(detail: string): Pick {
  return { kind: 'none', flag: 'UH', detail }
}
