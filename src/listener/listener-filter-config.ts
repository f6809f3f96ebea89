/** The filters of a listener (envoy.config.listener.v3.ListenerFilter), parsed, and those that other fields stand for. */
import type { Reader } from '../api/config.ts'
import type { ExtensionConfig, FactoryContext, ParseContext } from '../api/extension.ts'
import type { ConnectionInfo } from '../api/network.ts'
import { DynamicFilter } from '../config/filter-discovery/dynamic-filter.ts'
import type { FilterDiscoveryConfig } from '../config/filter-discovery/filter-discovery-config.ts'
import { isDiscovered, readFilterDiscovery } from '../config/filter-discovery/filter-discovery-config.ts'
import type { ActiveListenerFilter } from './active-socket.ts'

export interface ListenerFilterConfig {
  readonly filter: ExtensionConfig<'envoy.filters.listener'> | FilterDiscoveryConfig<'tcp_listener_filter'>
  readonly isDisabled: ListenerFilterPredicate | undefined
}

/** envoy.config.listener.v3.ListenerFilterChainMatchPredicate. */
type ListenerFilterPredicate = (info: ConnectionInfo) => boolean

/**
 * In the order in which they run; without those that were reported to be wrong. `usesProxyProto`: a filter chain's
 * `use_proxy_proto`.
 */
export function readListenerFilters(
  reader: Reader,
  context: ParseContext,
  usesProxyProto: boolean,
): readonly ListenerFilterConfig[] {
  const entries = reader.messages('listener_filters', (entry): ListenerFilterConfig | undefined => {
    const filter = isDiscovered(entry)
      ? readFilterDiscovery(entry, PLACE, context)
      : context.namedExtension(entry, 'envoy.filters.listener')
    const isDisabled = entry.message('filter_disabled', readPredicate)
    return filter && { filter, isDisabled }
  })
  // Behind those that are written out, in this order.
  if (reader.bool('use_original_dst', false)) entries.push(implied(reader, 'use_original_dst', ORIGINAL_DST, context))
  if (usesProxyProto) entries.push(implied(reader, 'filter_chains', PROXY_PROTOCOL, context))
  return entries.filter((entry) => entry !== undefined)
}

const PLACE = { kind: 'tcp_listener_filter', chain: '', last: false, checked: true } as const
const ORIGINAL_DST = 'envoy.filters.listener.original_dst'
const PROXY_PROTOCOL = 'envoy.filters.listener.proxy_protocol'

function implied(reader: Reader, field: string, name: string, context: ParseContext): ListenerFilterConfig | undefined {
  const filter = context.impliedExtension(reader, field, 'envoy.filters.listener', name)
  return filter && { filter, isDisabled: undefined }
}

/** For one worker; undefined when there is none, so that a connection finds that out by one look. */
export function createListenerFilters(
  configs: readonly ListenerFilterConfig[],
  context: FactoryContext,
): readonly ActiveListenerFilter[] | undefined {
  if (configs.length === 0) return undefined
  return configs.map(({ filter, isDisabled }) => {
    if ('extension' in filter) return { factory: filter.extension.create(filter.config, context), isDisabled }
    const dynamic = new DynamicFilter(filter, context)
    return {
      get factory() {
        return dynamic.product
      },
      isDisabled,
    }
  })
}

function readPredicate(reader: Reader): ListenerFilterPredicate {
  switch (reader.oneof('rule')) {
    case 'or_match': {
      const rules = reader.message('or_match', readMatchSet) ?? []
      return (info) => rules.some((rule) => rule(info))
    }
    case 'and_match': {
      const rules = reader.message('and_match', readMatchSet) ?? []
      return (info) => rules.every((rule) => rule(info))
    }
    case 'not_match': {
      const rule = reader.message('not_match', readPredicate)
      return (info) => rule?.(info) === false
    }
    case 'destination_port_range':
      return reader.message('destination_port_range', readPortRange) ?? always
    default:
      reader.bool('any_match', true)
      return always
  }
}

function readMatchSet(set: Reader): ListenerFilterPredicate[] {
  return set.messages('rules', readPredicate)
}

/** envoy.type.v3.Int32Range, without its end. What has no port is in any range. */
function readPortRange(range: Reader): ListenerFilterPredicate {
  const start = range.number('start', 0)
  const end = range.number('end', 0)
  return ({ localAddress }) => localAddress.kind !== 'ip' || (localAddress.port >= start && localAddress.port < end)
}

function always(): boolean {
  return true
}
