/** What the application's log hears of a downstream connection. Sources are those of Envoy's lines. */
import type { ProtocolError } from '../api/codec.ts'
import type { FactoryContext } from '../api/extension.ts'
import type { Connection } from '../api/network.ts'

const HTTP2_SOURCE = 'source/common/http/conn_manager_utility.cc:80'
const DISPATCH_SOURCE = 'source/common/http/conn_manager_impl.cc:524'

export function logHttp2(context: FactoryContext): void {
  context.logger('http').warning(HTTP2_SOURCE, 'HTTP/2 is not supported by Nuncio yet; closing the connection')
}

export function logDispatchError(context: FactoryContext, { id }: Connection, { message }: ProtocolError): void {
  const logger = context.logger('http')
  if (!logger.enabled('debug')) return
  logger.debug(DISPATCH_SOURCE, `[Tags: "ConnectionId":"${id}"] dispatch error: ${message}`)
}
