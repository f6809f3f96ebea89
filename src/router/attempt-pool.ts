/**
 * The pool that an attempt gets its stream from: of the host's HTTP connections, or of plain ones for a tunnel. undefined
 * when the cluster may have no more pools.
 */
import type { RequestHeaders } from '../api/headers.ts'
import type { RouteEntry } from '../api/route.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import type { Host, HttpPool, LoadBalancerContext, ThreadCluster } from '../api/upstream.ts'
import { proxyProtocolHeader } from '../codec/proxy_protocol/write-header.ts'
import { isTunnel, TunnelPool } from './tunnel/tunnel-pool.ts'

export function attemptPool(
  cluster: ThreadCluster,
  host: Host,
  { connectConfig, priority }: RouteEntry,
  headers: RequestHeaders,
  { connection }: StreamInfo,
  choice: LoadBalancerContext,
): HttpPool | undefined {
  const { upstreamPool } = cluster.info
  const plain = upstreamPool === undefined ? isTunnel(headers, connectConfig) : upstreamPool === 'tcp'
  if (!plain) return cluster.httpPool(host, priority, choice)
  const proxyProtocol = connectConfig?.proxyProtocol
  const { remoteAddress, localAddress } = connection
  const preface = proxyProtocol === undefined ? '' : proxyProtocolHeader(proxyProtocol, remoteAddress, localAddress)
  return new TunnelPool(host, cluster.tcpPool(host, priority, choice), preface)
}
