/** envoy.extensions.health_checkers.udp.v3.UdpHealthCheck */
import type { Reader } from '../../../api/config.ts'
import { readPayload } from '../../../upstream/health-check/payload.ts'

export interface UdpCheckConfig {
  readonly send: Uint8Array
  /** An answer is this, all of it and nothing besides. */
  readonly receive: Uint8Array
}

export function readUdpCheck(reader: Reader): UdpCheckConfig {
  return { send: readRequired(reader, 'send'), receive: readRequired(reader, 'receive') }
}

/** That they have to be there is a rule of the message. */
function readRequired(reader: Reader, field: string): Uint8Array {
  return reader.message(field, readPayload) ?? new Uint8Array()
}
