/** envoy.config.core.v3.HealthCheck.TcpHealthCheck */
import type { Reader } from '../../api/config.ts'
import { readPayload } from './payload.ts'

export interface TcpHealthCheck {
  readonly kind: 'tcp'
  /** Empty: nothing is sent. */
  readonly send: Uint8Array
  /** Empty: a connection is enough. */
  readonly receive: readonly Uint8Array[]
}

export function readTcpHealthCheck(reader: Reader): TcpHealthCheck {
  return {
    kind: 'tcp',
    send: reader.message('send', readPayload) ?? new Uint8Array(),
    receive: reader.messages('receive', readPayload),
  }
}
