/** What a response head means, in the order in which Envoy asks (ClientConnectionImpl::onHeadersComplete). */
import type { ProtocolError } from '../../../api/codec.ts'
import type { ResponseHeaders } from '../../../api/headers.ts'
import type { ResponseFieldLines } from '../../headers/response-headers.ts'
import { nameSet } from '../../headers/field-names.ts'
import { isUpgrade } from '../../headers/is-upgrade.ts'
import { listHasToken } from '../connection-header.ts'
import { CONTENT_LENGTH_NOT_ALLOWED, TRANSFER_ENCODING_NOT_ALLOWED } from '../protocol-errors.ts'
import type { Http1ClientSettings } from '../settings.ts'
import { decideFraming, RAW, UNDELIMITED, UNTIL_CLOSE } from './framing.ts'

const ABOUT_CONNECTIONS = nameSet(['connection', 'proxy-connection'])

/** What the request was, as far as the response depends on it. */
export interface RequestKind {
  readonly isHead: boolean
  readonly isConnect: boolean
  readonly isUpgrade: boolean
}

/** The framing of the body (0: none) or what is wrong with the head. */
export function responseFraming(
  headers: ResponseFieldLines,
  present: number,
  request: RequestKind,
  settings: Http1ClientSettings,
): number | ProtocolError {
  const { status } = headers
  const framing = decideFraming(headers, present, settings.allowChunkedLength)
  if (typeof framing !== 'number') return framing
  if (status < 200 || status === 204) {
    if (headers.has('transfer-encoding')) return TRANSFER_ENCODING_NOT_ALLOWED
    const length = headers.get('content-length')
    if (length !== undefined && length !== '0') return CONTENT_LENGTH_NOT_ALLOWED
    if (length !== undefined) headers.remove('content-length')
  }
  if (request.isUpgrade && (status === 101 || status >= 200) && isUpgrade(headers)) return RAW
  if (request.isConnect && status >= 200 && status < 300) return RAW
  if (request.isHead || status === 204 || status === 304 || (status >= 100 && status < 200)) return 0
  return framing === UNDELIMITED ? UNTIL_CLOSE : framing
}

/** Whether the connection ends with this response (HeaderUtility::shouldCloseConnection). */
export function closesConnection(headers: ResponseHeaders, http11: boolean): boolean {
  if (!headers.mayHave(ABOUT_CONNECTIONS)) return !http11
  const connection = headers.get('connection')
  if (connection !== undefined && listHasToken(connection, 'close')) return true
  const proxyConnection = headers.get('proxy-connection')
  if (proxyConnection !== undefined && listHasToken(proxyConnection, 'close')) return true
  return !http11 && (connection === undefined || !listHasToken(connection, 'keep-alive'))
}
