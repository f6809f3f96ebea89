/**
 * What a request head means once its lines are known, in the order in which Envoy asks (ConnectionImpl and
 * ServerConnectionImpl::onHeadersComplete).
 */
import type { ProtocolError } from '../../../api/codec.ts'
import type { RequestFieldLines } from '../../headers/request-headers.ts'
import { AUTHORITY_BYTE } from '../byte-tables.ts'
import { listHasToken, sanitizeConnectionHeader, withoutTokens } from '../connection-header.ts'
import {
  BODY_DISALLOWED,
  CONNECTION_HEADER_REJECTED,
  HTTPS_URL_ON_PLAINTEXT,
  INVALID_AUTHORITY,
  INVALID_SCHEME,
  INVALID_URL,
  INVALID_TRANSFER_ENCODING,
  LOW_VERSION,
} from '../protocol-errors.ts'
import type { Http1ServerSettings } from '../settings.ts'
import { decideFraming, FRAMING_NAMES, RAW, UNDELIMITED, UPGRADE_NAME } from './framing.ts'
import { targetParts } from './request-target.ts'
import type { LineScan } from './scan-lines.ts'

const UPGRADE_TOKEN: ReadonlySet<string> = new Set(['upgrade'])
const H2C_TOKENS: ReadonlySet<string> = new Set(['upgrade', 'http2-settings'])
const SLASH = 47

/**
 * Completes `headers`, whose lines are in order, whose path is the request target still and whose host is a line; returns the framing (0: no
 * body) or what is wrong.
 */
export function completeRequestHead(
  headers: RequestFieldLines,
  scan: LineScan,
  http11: boolean,
  settings: Http1ServerSettings,
): number | ProtocolError {
  headers.takeHost()
  const isConnect = headers.method === 'CONNECT'
  let framing = 0
  if (isConnect || (scan.present & FRAMING_NAMES) !== 0) {
    const decided = requestFraming(headers, isConnect, scan.present, settings)
    if (typeof decided !== 'number') return decided
    framing = decided
  }
  if (isConnect || headers.path.charCodeAt(0) !== SLASH) {
    const target = targetParts(headers.method, headers.path, settings.allowAbsoluteUrl)
    if (!target.ok) return target.error
    headers.path = target.path
    if (target.authority !== undefined) headers.authority = target.authority
    headers.scheme = target.scheme
    if (target.scheme === 'https' && !settings.allowHttpsUrl) return HTTPS_URL_ON_PLAINTEXT
  }
  if (!http11 && !settings.acceptHttp10) return LOW_VERSION
  if (headers.authority !== undefined && !isAuthority(headers.authority)) return INVALID_AUTHORITY
  return framing
}

/** Envoy takes notice of a HEAD only after it has looked at the framing. */
export function knowsMethodBy(error: ProtocolError): boolean {
  return [INVALID_URL, INVALID_SCHEME, HTTPS_URL_ON_PLAINTEXT, LOW_VERSION, INVALID_AUTHORITY].includes(error)
}

function requestFraming(
  headers: RequestFieldLines,
  isConnect: boolean,
  present: number,
  settings: Http1ServerSettings,
): number | ProtocolError {
  const framing = decideFraming(headers, present, settings.allowChunkedLength)
  const isUpgrade = (present & UPGRADE_NAME) !== 0 && takesUpgrade(headers, settings.ignoresUpgrade)
  if (isConnect) {
    if (typeof framing !== 'number') return framing
    if (framing > 0) return BODY_DISALLOWED
    if (framing === 0) headers.remove('content-length')
    else if (framing !== UNDELIMITED) return INVALID_TRANSFER_ENCODING
    return RAW
  }
  if (typeof framing !== 'number') return framing
  if (isUpgrade) return RAW
  if (!sanitizeConnectionHeader(headers)) return CONNECTION_HEADER_REJECTED
  return framing === UNDELIMITED ? 0 : framing
}

/** Whether the request asks to leave HTTP. What asks for h2c, which is not offered, or is to be ignored, is removed. */
function takesUpgrade(headers: RequestFieldLines, ignores: Http1ServerSettings['ignoresUpgrade']): boolean {
  const upgrade = headers.get('upgrade')
  const connection = headers.get('connection')
  if (upgrade === undefined || connection === undefined || !listHasToken(connection, 'upgrade')) return false
  if (upgrade.toLowerCase() === 'h2c') {
    headers.remove('http2-settings')
    return dropUpgrade(headers, connection, H2C_TOKENS)
  }
  if (ignores === undefined) return true
  const tokens = upgrade.split(',').map((token) => token.trim())
  const left = tokens.filter((token) => token !== '' && !ignores(token))
  if (left.length === 0) return dropUpgrade(headers, connection, UPGRADE_TOKEN)
  if (left.length < tokens.length) headers.set('upgrade', left.join(','))
  return true
}

/** False: the request is an ordinary one. */
function dropUpgrade(headers: RequestFieldLines, connection: string, tokens: ReadonlySet<string>): false {
  headers.remove('upgrade')
  const left = withoutTokens(connection, tokens)
  if (left === undefined) headers.remove('connection')
  else headers.set('connection', left)
  return false
}

function isAuthority(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (AUTHORITY_BYTE[value.charCodeAt(i)] !== 1) return false
  return true
}
