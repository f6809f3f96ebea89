/** What formats of headers that a health check adds may look at: there is no downstream, only the host. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { Host } from '../../api/upstream.ts'
import { parseIpAddress } from '../../network/address.ts'
import { SocketInfo } from '../../network/connection-info.ts'
import { StreamRecord } from '../../network/stream-info.ts'
import { failedUpstream } from '../../router/failed-upstream.ts'
import { mutationContext } from '../../router/header-mutations.ts'
import { EndpointHost, SharedHostStats } from '../endpoint-host.ts'
import type { HostDescription } from '../host-snapshot.ts'

export interface ProbeContextDeps {
  readonly host: HostDescription
  readonly clusterName: string
  readonly dispatcher: Dispatcher
}

export function probeContext(request: RequestHeaders, deps: ProbeContextDeps): FormatterContext {
  const { host, clusterName, dispatcher } = deps
  const loopback = parseIpAddress('127.0.0.1', 0)
  const connection = new SocketInfo(loopback, loopback)
  const streamInfo = new StreamRecord(dispatcher.now, dispatcher.wallNow, connection, 0, undefined, undefined)
  streamInfo.protocol = 'HTTP/1.1'
  streamInfo.upstream = failedUpstream(described(host, clusterName), '')
  return mutationContext(request, undefined, streamInfo)
}

function described(host: HostDescription, clusterName: string): Host {
  return new EndpointHost({ ...host, buffer: 0, offset: 0 } as never, clusterName, new SharedHostStats(host.counters))
}
