/** /hot_restart_version: as Envoy says it with --disable-hot-restart. */
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { text } from '../admin-endpoint.ts'

export function hotRestartVersionEndpoint(): AdminEndpoint {
  return {
    path: '/hot_restart_version',
    help: 'print the hot restart compatibility version',
    mutates: false,
    params: [],
    handle: () => text('disabled'),
  }
}
