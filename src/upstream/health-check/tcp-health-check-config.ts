/** envoy.config.core.v3.HealthCheck.TcpHealthCheck */
import type { Reader } from '../../api/config.ts'
import type { ProxyProtocolVersion } from '../../codec/proxy_protocol/write-header.ts'
import { readPayload } from './payload.ts'

export interface TcpHealthCheck {
  readonly kind: 'tcp'
  /** Empty: nothing is sent. */
  readonly send: Uint8Array
  /** Empty: a connection is enough. */
  readonly receive: readonly Uint8Array[]
  /** A PROXY header comes before what is sent, each time; undefined: none. */
  readonly proxyProtocol: ProxyProtocolVersion | undefined
}

export function readTcpHealthCheck(reader: Reader): TcpHealthCheck {
  return {
    kind: 'tcp',
    send: reader.message('send', readPayload) ?? new Uint8Array(),
    receive: reader.messages('receive', readPayload),
    proxyProtocol: reader.message('proxy_protocol_config', readVersion),
  }
}

function readVersion(reader: Reader): ProxyProtocolVersion {
  for (const field of ['pass_through_tlvs', 'added_tlvs']) reader.ignore(field, 'the header of a check has none')
  return reader.enumeration<ProxyProtocolVersion>('version', 'V1')
}
