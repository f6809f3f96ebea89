/** TcpProxy.TunnelingConfig: connections are carried by CONNECT (or POST) requests through an HTTP proxy. */
import type { Formatter } from '../../../../../api/access-log.ts'
import type { Reader } from '../../../../../api/config.ts'
import { readFormatterExtensions } from '../../../../../formatter/formatter-extensions.ts'
import { BUILT_IN_OPERATORS } from '../../../../../formatter/operators/all.ts'
import { readFormatText } from '../../../../../formatter/substitution-format.ts'
import { readUuidRequestId } from '../../../../../http/request-headers/uuid-request-id.ts'
import type { HeaderMutations } from '../../../../../router/header-mutations.ts'
import { readHeaderAdditions } from '../../../../../router/header-mutations.ts'

export interface TunnelingConfig {
  /** :authority; prints `-` for what is not there. */
  readonly hostname: Formatter
  /** Path of POST requests; undefined: CONNECT. */
  readonly postPath: string | undefined
  readonly headersToAdd: HeaderMutations
  /** Into the filter state of the connection. */
  readonly propagatesResponseHeaders: boolean
  readonly propagatesResponseTrailers: boolean
  /** undefined: requests have no id. */
  readonly requestId: TunnelRequestId | undefined
}

export interface TunnelRequestId {
  readonly header: string
  /** Below `envoy.filters.network.tcp_proxy` in the dynamic metadata of the connection. */
  readonly metadataKey: string
}

export function readTunneling(reader: Reader): TunnelingConfig {
  const operators = readFormatterExtensions(reader)
  return {
    // As in Envoy, `formatters` are for headers alone.
    hostname: readFormatText(reader, 'hostname', reader.string('hostname'), BUILT_IN_OPERATORS, false),
    postPath: readPostPath(reader),
    headersToAdd: readHeaderAdditions(reader, 'headers_to_add', operators),
    propagatesResponseHeaders: reader.bool('propagate_response_headers', false),
    propagatesResponseTrailers: reader.bool('propagate_response_trailers', false),
    requestId: readTunnelRequestId(reader),
  }
}

function readPostPath(reader: Reader): string | undefined {
  const path = reader.string('post_path')
  if (reader.bool('use_post', false)) return path === '' ? '/' : path
  if (path !== '') reader.error('post_path', 'NU172', "Can't set a post path when POST method isn't used")
  return undefined
}

function readTunnelRequestId(reader: Reader): TunnelRequestId | undefined {
  const header = reader.string('request_id_header')
  const metadataKey = reader.string('request_id_metadata_key')
  const extension = reader.message('request_id_extension', readUuidRequestId)
  if (extension === undefined) return undefined
  return {
    header: header === '' ? 'x-request-id' : header.toLowerCase(),
    metadataKey: metadataKey === '' ? 'tunnel_request_id' : metadataKey,
  }
}
