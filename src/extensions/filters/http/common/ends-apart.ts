/**
 * Envoy's HTTP/1 codec tells the end of a body after the last of it, in a call without bytes. Libraries that compress notice:
 * what they have is flushed before, or an error counts once more.
 */
import type { Protocol } from '../../../../api/codec.ts'
import type { StreamInfo } from '../../../../api/stream-info.ts'

export function requestEndsApart({ protocol }: StreamInfo): boolean {
  return isHttp1(protocol)
}

export function responseEndsApart({ upstream, responseCodeDetails }: StreamInfo): boolean {
  return responseCodeDetails === 'via_upstream' && isHttp1(upstream?.protocol)
}

function isHttp1(protocol: Protocol | undefined): boolean {
  return protocol === 'HTTP/1.1' || protocol === 'HTTP/1.0'
}
