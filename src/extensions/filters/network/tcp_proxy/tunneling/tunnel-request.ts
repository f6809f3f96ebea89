/** The request that carries one connection. */
import type { Random } from '../../../../../api/event.ts'
import type { RequestHeaders } from '../../../../../api/headers.ts'
import type { StreamInfo } from '../../../../../api/stream-info.ts'
import { newRequestHeaders } from '../../../../../codec/headers/request-headers.ts'
import { streamlessContext } from '../../../../../formatter/streamless-context.ts'
import { applyMutations } from '../../../../../router/header-mutations.ts'
import type { TunnelingConfig } from './config.ts'

const METADATA = 'envoy.filters.network.tcp_proxy'

/** `info` is the connection's. An id is left in its dynamic metadata. */
export function tunnelRequest(config: TunnelingConfig, info: StreamInfo, random: Random): RequestHeaders {
  const { hostname, postPath, requestId, headersToAdd } = config
  const context = streamlessContext(info)
  const headers = newRequestHeaders(
    postPath === undefined ? 'CONNECT' : 'POST',
    postPath ?? '',
    hostname.format(context),
  )
  if (requestId !== undefined) {
    const id = random.uuid()
    headers.set(requestId.header, id)
    info.setDynamicMetadata(METADATA, { [requestId.metadataKey]: id })
  }
  applyMutations(headersToAdd, headers, context)
  return headers
}
