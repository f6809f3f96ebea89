/** What is set on sockets to upstreams: upstream_bind_config and upstream_connection_options. */
import type { Reader } from '../../api/config.ts'
import type { IpAddress } from '../../api/network.ts'
import { readSocketAddress } from '../../network/address-config.ts'
import type { SocketOption } from '../../network/socket-options.ts'
import { freebindOptions, readSocketOptions, readTcpKeepalive } from '../../network/socket-options.ts'
import type { UpstreamSocketSettings } from '../cluster-config.ts'

export function readUpstreamSocket(cluster: Reader): UpstreamSocketSettings {
  const options: SocketOption[] = []
  let sourceAddresses: readonly IpAddress[] = []
  cluster.message('upstream_bind_config', (bind) => {
    sourceAddresses = readSourceAddresses(bind, String(cluster.json['name']))
    const freebind = bind.optionalBool('freebind')
    if (freebind !== undefined) options.push(...freebindOptions(freebind))
    options.push(...readSocketOptions(bind, 'socket_options'))
  })
  cluster.message('upstream_connection_options', (connection) => {
    connection.message('tcp_keepalive', (keepalive) => options.push(...readTcpKeepalive(keepalive)))
  })
  return { sourceAddresses, options }
}

/** source_address and at most one more, of the other family. */
function readSourceAddresses(bind: Reader, cluster: string): readonly IpAddress[] {
  const first = bind.message('source_address', readSocketAddress)
  // The older list holds addresses, the newer one messages with an address in them.
  const older = bind.messages('additional_source_addresses', readSocketAddress)
  const newer = bind.messages('extra_source_addresses', (extra) => extra.message('address', readSocketAddress))
  const others = [...newer, ...older].filter((address) => address !== undefined)
  const refuse = (message: string) => {
    bind.error(newer.length > 0 ? 'extra_source_addresses' : 'additional_source_addresses', 'NU170', message)
  }
  const whose = `Cluster ${cluster}'s upstream binding config`
  if (newer.length > 0 && older.length > 0) {
    refuse(`Can't specify both \`extra_source_addresses\` and \`additional_source_addresses\` in the ${whose}`)
  } else if (first === undefined && others.length > 0) {
    refuse(`${whose} has extra/additional source addresses but no source_address`)
  } else if (others.length > 1) refuse(`${whose} has more than one extra/additional source addresses`)
  else if (first !== undefined && others[0]?.family === first.family) {
    refuse(`${whose} has two same IP version source addresses`)
  }
  return first === undefined ? [] : [first, ...others]
}
