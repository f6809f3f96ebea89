/* What to say about a field name that the schema does not know. */
import type { MessageType } from '../schema/schema-types.ts'
import type { Decoder } from './decoder.ts'
import { shortName } from './describe.ts'
import { didYouMean } from './suggest.ts'
import type { Tree } from './tree.ts'

export function reportUnknownField(type: MessageType, key: string, tree: Tree, decoder: Decoder): void {
  decoder.log.push(key)
  const v2 = v2Syntax(type, key, tree)
  decoder.log.unknown(v2 === undefined ? 'NU101' : 'NU113', `unknown field "${key}" in ${shortName(type.name)}`, {
    of: 'key',
    expected: `a field of ${type.name}`,
    found: key,
    hint: v2 === undefined ? (hintFor(key, type) ?? knownFields(type)) : `this is v2 syntax; ${v2}`,
  })
  decoder.log.pop()
}

/** What to write for fields that went with Envoy's v2 API. */
const SINCE_V2: ReadonlyMap<string, string> = new Map([
  ['envoy.config.cluster.v3.Cluster hosts', 'write load_assignment with endpoints'],
  ['envoy.config.cluster.v3.Cluster tls_context', 'write transport_socket with an UpstreamTlsContext'],
  ['envoy.config.listener.v3.FilterChain tls_context', 'write transport_socket with a DownstreamTlsContext'],
  ['envoy.config.route.v3.RouteMatch regex', 'write safe_regex: {regex: …}'],
  ['envoy.config.route.v3.HeaderMatcher regex_match', 'write string_match: {safe_regex: {regex: …}}'],
  ['envoy.config.route.v3.RouteAction host_rewrite', 'write host_rewrite_literal'],
])

function v2Syntax(type: MessageType, key: string, tree: Tree): string | undefined {
  if (key === 'config' && 'name' in tree && type.byName.has('typed_config')) return 'write typed_config with "@type"'
  if (key === 'per_filter_config' && type.byName.has('typed_per_filter_config'))
    return 'write typed_per_filter_config, each entry with "@type"'
  return SINCE_V2.get(`${type.name} ${key}`)
}

function hintFor(key: string, type: MessageType): string | undefined {
  return didYouMean(
    key,
    type.fields.map((field) => field.name),
  )
}

function knownFields(type: MessageType): string | undefined {
  if (type.fields.length === 0) return `${shortName(type.name)} has no fields`
  return type.fields.length > 12 ? undefined : `its fields are ${type.fields.map((field) => field.name).join(', ')}`
}
