/** /ready: for load balancers and orchestrators. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { text } from '../admin-endpoint.ts'

export function readyEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/ready',
    help: 'print server state, return 200 if LIVE, otherwise return 503',
    mutates: false,
    params: [],
    handle: () => text(`${process.state}\n`, process.state === 'LIVE' ? 200 : 503),
  }
}
