/** /contention: no lock is waited for, because there is none on the way of a request. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { json, text } from '../admin-endpoint.ts'

export function contentionEndpoint({ options }: Pick<AdminProcess, 'options'>): AdminEndpoint {
  return {
    path: '/contention',
    help: 'dump current Envoy mutex contention stats (if enabled)',
    mutates: false,
    params: [],
    handle: () =>
      options.enableMutexTracing
        ? json(NOTHING_CONTENDED)
        : text('Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.'),
  }
}

const NOTHING_CONTENDED = { num_contentions: '0', current_wait_cycles: '0', lifetime_wait_cycles: '0' }
