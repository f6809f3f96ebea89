/** Whether a request is the last one of its connection by its own word (Envoy's HeaderUtility::shouldCloseConnection). */
import type { Protocol } from '../../api/codec.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import { nameSet } from '../../codec/headers/field-names.ts'
import { hasToken } from './header-tokens.ts'

export function closesConnection(protocol: Protocol, headers: RequestHeaders): boolean {
  if (!headers.mayHave(ABOUT_CONNECTIONS)) return protocol === 'HTTP/1.0'
  const connection = headers.get('connection')
  switch (protocol) {
    case 'HTTP/1.0':
      if (connection === undefined || !hasToken(connection, 'keep-alive')) return true
      break
    case 'HTTP/1.1':
      if (connection !== undefined && hasToken(connection, 'close')) return true
      break
    case 'HTTP/2':
    case 'HTTP/3':
      return false
  }
  const proxyConnection = headers.get('proxy-connection')
  return proxyConnection !== undefined && hasToken(proxyConnection, 'close')
}

const ABOUT_CONNECTIONS = nameSet(['connection', 'proxy-connection'])
