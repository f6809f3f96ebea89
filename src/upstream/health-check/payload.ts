/** envoy.config.core.v3.HealthCheck.Payload: bytes to send, or to find in what comes back. */
import type { Reader } from '../../api/config.ts'

const HEX = /^(?:[0-9a-fA-F]{2})+$/

export function readPayload(reader: Reader): Uint8Array {
  if (reader.oneof('payload') === 'binary') return reader.bytes('binary') ?? NOTHING
  const text = reader.string('text')
  if (HEX.test(text)) return Buffer.from(text, 'hex')
  reader.error('text', 'NU163', `invalid hex string '${text}'`, 'write the bytes as hexadecimal digits, two for each')
  return NOTHING
}

const NOTHING = new Uint8Array()

/** Whether all segments occur in this order, with anything between them. */
export function containsInOrder(segments: readonly Uint8Array[], bytes: Buffer): boolean {
  let from = 0
  for (const segment of segments) {
    const at = bytes.indexOf(segment, from)
    if (at < 0) return false
    from = at + segment.length
  }
  return true
}
