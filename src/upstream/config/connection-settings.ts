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
  /** In place of those, for connections from the second source address. */
  readonly overriding?: { readonly family: 4 | 6; readonly options: readonly SocketOption[] } | undefined
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
  const set = nonEmpty(own?.options) ?? bootstrap?.options ?? []
  options.push(...withOverriding(set, (own ?? bootstrap)?.overriding))
  return { sourceAddresses: (own ?? bootstrap)?.sourceAddresses ?? [], options, happyEyeballs }
}

/** Each of two source addresses is for connections of its own family, and so are the options that go with it. */
function withOverriding(set: readonly SocketOption[], overriding: BindConfig['overriding']): readonly SocketOption[] {
  if (overriding === undefined) return set
  const { family } = overriding
  const only = (options: readonly SocketOption[], wanted: 4 | 6) =>
    options.filter((option) => (option.family ?? wanted) === wanted).map((option) => ({ ...option, family: wanted }))
  return [...only(set, family === 4 ? 6 : 4), ...only(overriding.options, family)]
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
  const { sourceAddresses, overridingOptions } = readSourceAddresses(bind, whose)
  const second = sourceAddresses[1]
  return {
    sourceAddresses,
    freebind: bind.optionalBool('freebind'),
    options: readSocketOptions(bind, 'socket_options'),
    overriding: overridingOptions && second && { family: second.family, options: overridingOptions },
  }
}

interface SourceAddresses {
  readonly sourceAddresses: readonly IpAddress[]
  /** Of the second. */
  readonly overridingOptions: readonly SocketOption[] | undefined
}

/** source_address and at most one more, of the other family, which may have options of its own. */
function readSourceAddresses(bind: Reader, whose: string): SourceAddresses {
  const first = bind.message('source_address', readSocketAddress)
  // The older list holds addresses, the newer one messages with an address in them.
  const older = bind.messages('additional_source_addresses', readSocketAddress)
  let overridingOptions: readonly SocketOption[] | undefined = undefined
  const newer = bind.messages('extra_source_addresses', (extra) => {
    overridingOptions = extra.message('socket_options', (options) => readSocketOptions(options, 'socket_options'))
    return extra.message('address', readSocketAddress)
  })
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
  return { sourceAddresses: first === undefined ? [] : [first, ...others], overridingOptions }
}

/** There is one, which does what is done without it. */
function readSelector(selector: Reader): void {
  selector.ignore('name', 'it is found by its type')
  const any = selector.any('typed_config')
  const typeName = any?.typeName ?? ''
  if (typeName === DEFAULT_SELECTOR) return
  if (typeName === NAMESPACE_SELECTOR) {
    any?.reader.keep()
    return selector.unsupported('typed_config', typeName)
  }
  const message = `Didn't find a registered implementation for '${String(selector.json['name'])}' with type URL: '${typeName}'`
  selector.error('typed_config', 'NU170', message)
}

/** From another network namespace, which filter state names. */
const NAMESPACE_SELECTOR = 'envoy.extensions.local_address_selectors.filter_state_override.v3.Config'
const DEFAULT_SELECTOR = 'envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector'

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}
