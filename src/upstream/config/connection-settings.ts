/**
 * What is set on sockets to upstreams: upstream_bind_config, of the cluster or of the bootstrap's cluster_manager, and
 * upstream_connection_options.
 */
import type { Reader } from '../../api/config.ts'
import type { IpAddress } from '../../api/network.ts'
import { readSocketAddress } from '../../network/address-config.ts'
import type { SocketOption } from '../../network/socket-options.ts'
import { freebindOptions, readSocketOptions, readTcpKeepalive } from '../../network/socket-options.ts'
import type { HappyEyeballsConfig } from '../race-order.ts'
import { DEFAULT_HAPPY_EYEBALLS } from '../race-order.ts'
import type { UpstreamSocketSettings } from '../cluster-config.ts'

/** envoy.config.core.v3.BindConfig. */
export interface BindConfig {
  readonly sourceAddresses: readonly IpAddress[]
  readonly freebind: boolean | undefined
  readonly options: readonly SocketOption[]
}

/** `bootstrap`: for clusters that say nothing themselves. */
export function readUpstreamSocket(cluster: Reader, bootstrap: BindConfig | undefined): UpstreamSocketSettings {
  const whose = `Cluster ${String(cluster.json['name'])}'s upstream binding config`
  const own = cluster.message('upstream_bind_config', (bind) => readBindConfig(bind, whose))
  const freebind = own?.freebind ?? bootstrap?.freebind ?? false
  const options = freebind ? [...freebindOptions(true)] : []
  let happyEyeballs = DEFAULT_HAPPY_EYEBALLS
  cluster.message('upstream_connection_options', (connection) => {
    happyEyeballs = connection.message('happy_eyeballs_config', readHappyEyeballs) ?? happyEyeballs
    connection.ignore('set_local_interface_name_on_upstream_connections', 'nothing shows the name of an interface')
    connection.message('tcp_keepalive', (keepalive) => options.push(...readTcpKeepalive(keepalive)))
  })
  // Any option of the cluster's takes the place of all of the bootstrap's.
  options.push(...(nonEmpty(own?.options) ?? bootstrap?.options ?? []))
  return { sourceAddresses: (own ?? bootstrap)?.sourceAddresses ?? [], options, happyEyeballs }
}

const FAMILIES = { DEFAULT: undefined, V4: 4, V6: 6, INTERNAL: 'internal' } as const

function readHappyEyeballs(reader: Reader): HappyEyeballsConfig {
  const version = reader.enumeration<keyof typeof FAMILIES>('first_address_family_version', 'DEFAULT')
  return {
    firstFamily: FAMILIES[version],
    firstFamilyCount: reader.number('first_address_family_count', 1),
  }
}

/** `whose`: for messages. */
export function readBindConfig(bind: Reader, whose: string): BindConfig {
  bind.ignore('validate_network_namespaces', 'addresses in other network namespaces are refused by name')
  bind.message('local_address_selector', readSelector)
  return {
    sourceAddresses: readSourceAddresses(bind, whose),
    freebind: bind.optionalBool('freebind'),
    options: readSocketOptions(bind, 'socket_options'),
  }
}

/** source_address and at most one more, of the other family. */
function readSourceAddresses(bind: Reader, whose: string): readonly IpAddress[] {
  const first = bind.message('source_address', readSocketAddress)
  // The older list holds addresses, the newer one messages with an address in them.
  const older = bind.messages('additional_source_addresses', readSocketAddress)
  const newer = bind.messages('extra_source_addresses', (extra) => extra.message('address', readSocketAddress))
  const others = [...newer, ...older].filter((address) => address !== undefined)
  const refuse = (message: string) => {
    bind.error(newer.length > 0 ? 'extra_source_addresses' : 'additional_source_addresses', 'NU170', message)
  }
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

/** There is one, which does what is done without it. */
function readSelector(selector: Reader): void {
  selector.ignore('name', 'it is found by its type')
  const typeName = selector.any('typed_config')?.typeName ?? ''
  if (typeName === DEFAULT_SELECTOR) return
  const message = `Didn't find a registered implementation for '${String(selector.json['name'])}' with type URL: '${typeName}'`
  selector.error('typed_config', 'NU170', message)
}

const DEFAULT_SELECTOR = 'envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector'

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}
