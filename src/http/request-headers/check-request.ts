/** What makes the connection manager refuse a request by its head alone, in Envoy's order; cleans path and host on the way. */
import type { Protocol } from '../../api/codec.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { LocalReply } from '../../api/http.ts'
import type { Connection } from '../../api/network.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { ConnectionManagerSettings } from '../connection-manager-settings.ts'
import type { ConnectionManagerStats } from '../connection-manager-stats.ts'
import {
  ABSOLUTE_PATH,
  LOW_VERSION,
  MISSING_HOST,
  MISSING_PATH,
  PATH_NORMALIZATION_FAILED,
  QUERY_WITHOUT_TYPE,
  redirectToNormalizedPath,
} from '../local-reply/causes.ts'
import { isGrpcRequest } from '../local-reply/grpc-status.ts'
import { normalizePath } from '../path/normalize-path.ts'
import { normalizeHost } from './host.ts'

export function checkRequest(
  headers: RequestHeaders,
  protocol: Protocol,
  connection: Connection,
  settings: ConnectionManagerSettings,
  stats: ConnectionManagerStats,
  info: StreamInfo,
): LocalReply | undefined {
  if (protocol === 'HTTP/1.0') {
    if (!settings.acceptHttp10) return LOW_VERSION
    if (headers.authority === undefined && settings.defaultHostForHttp10 !== '') {
      headers.authority = settings.defaultHostForHttp10
    }
  }
  if (headers.authority === undefined) return MISSING_HOST
  if (headers.method === 'QUERY' && (headers.get('content-type') ?? '') === '') return QUERY_WITHOUT_TYPE
  const { path } = headers
  if (path === '') {
    if (headers.method !== 'CONNECT') return MISSING_PATH
  } else if (path.charCodeAt(0) !== SLASH) {
    stats.rqNonRelativePath.inc()
    return ABSOLUTE_PATH
  }
  const action = normalizePath(headers, settings.path)
  if (action !== 'continue') return refusePath(headers, action === 'redirect', stats)
  if (settings.stripTrailingHostDot || settings.stripHostPort !== 'none') {
    const local = connection.info.localAddress
    const port = normalizeHost(headers, settings, local.kind === 'ip' ? local.port : undefined)
    if (port !== undefined && headers.method === 'CONNECT') info.connectPort = port
  }
  return undefined
}

const SLASH = 0x2f

/** gRPC clients follow no redirects. */
function refusePath(headers: RequestHeaders, redirect: boolean, stats: ConnectionManagerStats): LocalReply {
  if (redirect && !isGrpcRequest(headers)) {
    stats.rqRedirectedWithNormalizedPath.inc()
    return redirectToNormalizedPath(headers.path)
  }
  stats.rqFailedPathNormalization.inc()
  return PATH_NORMALIZATION_FAILED
}
