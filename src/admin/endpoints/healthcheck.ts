/** /healthcheck/fail and /healthcheck/ok: take the proxy out of a load balancer and put it back. */
import type { AdminProcess } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { OK } from '../admin-endpoint.ts'

export function healthcheckFailEndpoint(process: AdminProcess): AdminEndpoint {
  return endpoint('/healthcheck/fail', 'cause the server to fail health checks', () => process.setHealthFailed(true))
}

export function healthcheckOkEndpoint(process: AdminProcess): AdminEndpoint {
  return endpoint('/healthcheck/ok', 'cause the server to pass health checks', () => process.setHealthFailed(false))
}

function endpoint(path: string, help: string, act: () => void): AdminEndpoint {
  return {
    path,
    help,
    mutates: true,
    params: [],
    handle() {
      act()
      return OK
    },
  }
}
