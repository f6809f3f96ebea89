/** /reopen_logs: the same as SIGUSR1. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { OK } from '../admin-endpoint.ts'

export function reopenLogsEndpoint(process: AdminProcess): AdminEndpoint {
  return {
    path: '/reopen_logs',
    help: 'reopen access logs',
    mutates: true,
    params: [],
    handle() {
      process.reopenLogs()
      return OK
    },
  }
}
