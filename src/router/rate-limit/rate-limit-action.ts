/** envoy.config.route.v3.RateLimit.Action: one entry of a descriptor, made from a request. */
import type { Reader } from '../../api/config.ts'
import type { RateLimitEntry, RateLimitRequest } from '../../api/rate-limit.ts'
import { formatIp, maskIp, parseIp } from '../../base/ip-bits.ts'
import { toWireText } from '../../base/wire-text.ts'
import { readAddressMatcher } from '../../config/matchers/address-matcher.ts'
import { readHeaderMatcher } from '../../config/matchers/header-matcher.ts'
import { readMetadataKey } from '../../config/matchers/metadata-key.ts'
import { valueAtPath } from '../../config/matchers/metadata-matcher.ts'
import { readQueryParameterMatcher } from '../../config/matchers/query-parameter-matcher.ts'
import { queryParameters } from '../query-parameters.ts'
import { readExtensionAction } from './extension-action.ts'

/** `skip`: the descriptor goes without this entry; undefined: there is no descriptor. */
export type RateLimitAction = (request: RateLimitRequest) => RateLimitEntry | 'skip' | undefined

const NEVER: RateLimitAction = () => undefined

export function readRateLimitAction(reader: Reader): RateLimitAction {
  const kind = reader.oneof('action_specifier')
  const read = kind === undefined ? undefined : ACTIONS[kind]
  // What is not read is refused by its name.
  if (kind === undefined || read === undefined) return NEVER
  return reader.message(kind, read) ?? NEVER
}

const ACTIONS: Readonly<Record<string, (reader: Reader) => RateLimitAction>> = {
  source_cluster: () => (request) => entry('source_cluster', request.serviceCluster),
  destination_cluster: () => destinationCluster,
  request_headers: readRequestHeader,
  query_parameters: readQueryParameter,
  remote_address: () => remoteAddress,
  masked_remote_address: readMaskedAddress,
  generic_key: (reader) => readValue(reader, 'generic_key', () => true),
  header_value_match: readHeaderValueMatch,
  query_parameter_value_match: readQueryValueMatch,
  remote_address_match: readAddressMatch,
  extension: readExtensionAction,
  dynamic_metadata: (reader) => readMetadata(reader, 'DYNAMIC', false),
  metadata: (reader) =>
    readMetadata(reader, reader.enumeration<MetadataSource>('source', 'DYNAMIC'), reader.bool('skip_if_absent', false)),
}

function entry(key: string, value: string): RateLimitEntry {
  return { key, value }
}

function destinationCluster({ streamInfo }: RateLimitRequest): RateLimitEntry | undefined {
  const cluster = streamInfo.route?.entry?.clusterName
  return cluster === undefined ? undefined : entry('destination_cluster', cluster)
}

/** The client, as the connection manager knows it: trusted hops are taken off. */
function clientIp({ streamInfo }: RateLimitRequest): string | undefined {
  const { remoteAddress } = streamInfo.connection
  return remoteAddress.kind === 'ip' ? remoteAddress.ip : undefined
}

function remoteAddress(request: RateLimitRequest): RateLimitEntry | undefined {
  const ip = clientIp(request)
  return ip === undefined ? undefined : entry('remote_address', ip)
}

function readMaskedAddress(reader: Reader): RateLimitAction {
  const v4 = reader.number('v4_prefix_mask_len', 32)
  const v6 = reader.number('v6_prefix_mask_len', 128)
  return (request) => {
    const bits = parseIp(clientIp(request) ?? '')
    if (bits === undefined) return undefined
    const length = bits.family === 4 ? v4 : v6
    return entry('masked_remote_address', `${formatIp(maskIp(bits, length))}/${length}`)
  }
}

function readRequestHeader(reader: Reader): RateLimitAction {
  const name = reader.string('header_name').toLowerCase()
  const key = reader.string('descriptor_key')
  const absent = reader.bool('skip_if_absent', false) ? 'skip' : undefined
  return ({ headers }) => {
    const value = headers.get(name)
    return value === undefined ? absent : entry(key, value)
  }
}

function readQueryParameter(reader: Reader): RateLimitAction {
  const name = toWireText(reader.string('query_parameter_name'))
  const key = reader.string('descriptor_key')
  const absent = reader.bool('skip_if_absent', false) ? 'skip' : undefined
  return ({ headers }) => {
    const value = queryParameters(headers.path).get(name)
    return value === undefined ? absent : entry(key, value)
  }
}

function readHeaderValueMatch(reader: Reader): RateLimitAction {
  const expected = reader.bool('expect_match', true)
  const matchers = reader.messages('headers', readHeaderMatcher)
  return readValue(reader, 'header_match', ({ headers }) => matchers.every((matches) => matches(headers)) === expected)
}

function readQueryValueMatch(reader: Reader): RateLimitAction {
  const expected = reader.bool('expect_match', true)
  const matchers = reader.messages('query_parameters', readQueryParameterMatcher)
  return readValue(reader, 'query_match', ({ headers }) => {
    const query = queryParameters(headers.path)
    return matchers.every((matches) => matches(query)) === expected
  })
}

function readAddressMatch(reader: Reader): RateLimitAction {
  const matches = reader.message('address_matcher', readAddressMatcher)
  return readValue(reader, 'remote_address_match', (request) => {
    const ip = clientIp(request)
    return ip !== undefined && matches?.(ip) === true
  })
}

/** `descriptor_value` as it stands, where `applies` says so. */
function readValue(
  reader: Reader,
  defaultKey: string,
  applies: (request: RateLimitRequest) => boolean,
): RateLimitAction {
  reader.ignore('default_value', 'stands for formats without a value; by default Envoy takes no value for a format')
  const key = reader.string('descriptor_key') || defaultKey
  const fixed = entry(key, toWireText(reader.string('descriptor_value')))
  return (request) => (applies(request) ? fixed : undefined)
}

type MetadataSource = 'DYNAMIC' | 'ROUTE_ENTRY' | 'CLUSTER_ENTRY' | 'CLUSTER_LOCALITY_ENTRY'

function readMetadata(reader: Reader, source: MetadataSource, skipIfAbsent: boolean): RateLimitAction {
  const key = reader.string('descriptor_key')
  const fallback = toWireText(reader.string('default_value'))
  const where = reader.message('metadata_key', readMetadataKey)
  if (where === undefined) return NEVER
  return (request) => {
    const value = valueAtPath(metadataOf(request, source, where.filter), where.path)
    const text = typeof value === 'string' && value !== '' ? toWireText(value) : fallback
    if (text !== '') return entry(key, text)
    return skipIfAbsent ? 'skip' : undefined
  }
}

function metadataOf({ streamInfo }: RateLimitRequest, source: MetadataSource, filter: string): unknown {
  switch (source) {
    case 'DYNAMIC':
      return streamInfo.dynamicMetadata?.get(filter)
    case 'ROUTE_ENTRY':
      return streamInfo.route?.metadata?.[filter]
    case 'CLUSTER_ENTRY':
      return valueAtPath(streamInfo.upstreamCluster?.metadata, ['filter_metadata', filter])
    case 'CLUSTER_LOCALITY_ENTRY':
      // Known of a request that has a host already; filters that limit before the router are not that late.
      return valueAtPath(streamInfo.upstream?.host?.localityMetadata, ['filter_metadata', filter])
  }
}
