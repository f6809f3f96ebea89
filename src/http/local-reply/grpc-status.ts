/** gRPC in local replies: who wants it, and how a message is written. */
import type { RequestHeaders } from '../../api/headers.ts'

/** `application/grpc` and `application/grpc+x`, but not grpc-web. A CONNECT has no path and is none. */
export function isGrpcRequest(headers: RequestHeaders): boolean {
  const type = headers.get('content-type')
  if (type === undefined || !type.startsWith('application/grpc') || headers.path === '') return false
  return type.length === 16 || type.charCodeAt(16) === 0x2b
}

/** Percent-encodes what grpc-message may not hold: everything outside of printable ASCII, and `%`. */
export function encodeGrpcMessage(text: string): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x20 && code <= 0x7e && code !== 0x25) out += text[i]
    else out += '%' + (code < 16 ? '0' : '') + code.toString(16).toUpperCase()
  }
  return out
}
