/** What is set on sockets to upstreams: upstream_bind_config and upstream_connection_options. */
import type { Reader } from '../../api/config.ts'
import type { IpAddress } from '../../api/network.ts'
import { readSocketAddress } from '../../network/address-config.ts'
import type { SocketOption } from '../../network/socket-options.ts'
import { freebindOptions, readSocketOptions, readTcpKeepalive } from '../../network/socket-options.ts'
import type { UpstreamSocketSettings } from '../cluster-config.ts'

export function readUpstreamSocket(cluster: Reader): UpstreamSocketSettings {
  const options: SocketOption[] = []
  let sourceAddress: IpAddress | undefined
  cluster.message('upstream_bind_config', (bind) => {
    sourceAddress = bind.message('source_address', readSocketAddress)
    const freebind = bind.optionalBool('freebind')
    if (freebind !== undefined) options.push(...freebindOptions(freebind))
    options.push(...readSocketOptions(bind, 'socket_options'))
  })
  cluster.message('upstream_connection_options', (connection) => {
    connection.message('tcp_keepalive', (keepalive) => options.push(...readTcpKeepalive(keepalive)))
    connection.ignore('happy_eyeballs_config', 'for endpoints with additional addresses, which are refused')
  })
  return { sourceAddress, options }
}
