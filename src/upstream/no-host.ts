/** What a cluster answers that has no host for a request. */
import type { Pick } from '../api/upstream.ts'

export const NO_HOST: Pick = { kind: 'none', flag: 'UH', detail: 'no_healthy_upstream' }
