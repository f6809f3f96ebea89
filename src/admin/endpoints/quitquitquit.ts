/** /quitquitquit: the same as SIGTERM. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { OK } from '../admin-endpoint.ts'

export function quitEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/quitquitquit',
    help: 'exit the server',
    mutates: true,
    params: [],
    handle() {
      process.quit()
      return OK
    },
  }
}
