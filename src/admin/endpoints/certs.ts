/** /certs: there is no TLS yet, hence no certificate. */
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { json } from '../admin-endpoint.ts'

export function certsEndpoint(): AdminEndpoint {
  return {
    path: '/certs',
    help: 'print certs on machine',
    mutates: false,
    params: [],
    handle: () => json({ certificates: [] }),
  }
}
