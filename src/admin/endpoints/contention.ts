/** /contention: no lock is traced, because there is none on the way of a request. */
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { text } from '../admin-endpoint.ts'

export function contentionEndpoint(): AdminEndpoint {
  return {
    path: '/contention',
    help: 'dump current Envoy mutex contention stats (if enabled)',
    mutates: false,
    params: [],
    handle: () =>
      text('Mutex contention tracing is not enabled. To enable, run Envoy with flag --enable-mutex-tracing.'),
  }
}
