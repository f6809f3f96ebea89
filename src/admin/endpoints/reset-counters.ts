/** /reset_counters */
import type { AdminStats } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { OK } from '../admin-endpoint.ts'

export function resetCountersEndpoint(stats: AdminStats): AdminEndpoint {
  return {
    path: '/reset_counters',
    help: 'reset all counters to zero',
    mutates: true,
    params: [],
    async handle() {
      // Counters that a worker has made and not told of yet would keep what they counted.
      await stats.refresh()
      stats.merged.resetCounters()
      return OK
    },
  }
}
