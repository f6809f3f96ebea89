/** /hot_restart_version: the protocol and its layout, `disabled` with --disable-hot-restart. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { text } from '../admin-endpoint.ts'

export function hotRestartVersionEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/hot_restart_version',
    help: 'print the hot restart compatibility version',
    mutates: false,
    params: [],
    handle: () => text(process.hotRestartVersion),
  }
}
