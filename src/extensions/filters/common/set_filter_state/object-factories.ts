/** What objects of filter state are made of a text, by the names of Envoy's factories (envoy.filter_state.object). */
import type { FilterStateObject } from '../../../../api/stream-info.ts'
import { ipAddress } from '../../../../network/address.ts'
import { HTTP_11_PROXY_INFO, Http11ProxyInfo } from '../../../../network/http-11-proxy-info.ts'
import { parseIpPort } from '../../../../network/ip-port.ts'

/** Undefined: the text is none of the kind, and there is no object. */
export type ObjectFactory = (text: string) => FilterStateObject | undefined

export const OBJECT_FACTORIES: Readonly<Record<string, ObjectFactory>> = {
  'envoy.string': textObject,
  'envoy.hashable_string': (text) => ({
    ...textObject(text),
    hash: () => Bun.hash.xxHash64(text, 0n),
    divides: 'by-hash',
  }),
  'envoy.bool': boolObject,
  'envoy.network.ip': ipObject,
  [HTTP_11_PROXY_INFO]: (text) => Http11ProxyInfo.parse(text),
  'envoy.network.transport_socket.original_dst_address': addressObject,
  'envoy.tcp_proxy.disable_tunneling': boolObject,
  'envoy.tcp_proxy.cluster': (text) => ({ serializeAsString: () => text }),
  'envoy.tcp_proxy.per_connection_idle_timeout_ms': (text) =>
    /^\d{1,19}$/.test(text) ? textObject(`${BigInt(text)}`) : undefined,
  'envoy.upstream.dynamic_host': textObject,
  'envoy.upstream.dynamic_port': numberObject,
}

/** Those of Envoy that nobody here would look at. */
export const FOREIGN_FACTORIES: ReadonlySet<string> = new Set([
  'envoy.ai.llm_protocol.request',
  'envoy.ai.model.request',
  'envoy.filters.listener.original_dst.local_ip',
  'envoy.filters.listener.original_dst.remote_ip',
  'envoy.network.application_protocols',
  'envoy.network.network_namespace',
  'envoy.network.upstream_server_name',
  'envoy.network.upstream_subject_alt_names',
  'envoy.ratelimit.hits_addend',
  'envoy.router.debug_config',
])

function textObject(text: string): FilterStateObject {
  return { serializeAsString: () => text, serializeAsJson: () => text }
}

function boolObject(text: string): FilterStateObject | undefined {
  if (!/^(?:true|t|yes|y|1|false|f|no|n|0)$/i.test(text)) return undefined
  const value = /^(?:t|y|1)/i.test(text)
  return { serializeAsString: () => `${value}`, serializeAsJson: () => value }
}

/** Of 32 bits. */
function numberObject(text: string): FilterStateObject | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(value < 2 ** 32)) return undefined
  return { serializeAsString: () => `${value}`, serializeAsJson: () => value }
}

function ipObject(text: string): FilterStateObject | undefined {
  const address = ipAddress(text, 0)
  return address === undefined ? undefined : { serializeAsString: () => address.text, address }
}

/** In Envoy each of them hashes to something else. */
function addressObject(text: string): FilterStateObject | undefined {
  const address = parseIpPort(text)
  return address === undefined ? undefined : { serializeAsString: () => address.text, address, divides: 'by-identity' }
}
