/** Calls of the Connect protocol (https://connectrpc.com/docs/protocol), which the filter counts as those of gRPC. */
import type { HeaderMap, RequestHeaders } from '../../../../api/headers.ts'
import { readLenientJson } from '../../../../config/source/json-reader.ts'

/** One message each way, without frames: whatever comes with the protocol's version, as in Envoy. */
export function isConnectUnary(headers: RequestHeaders): boolean {
  return headers.has('connect-protocol-version')
}

/** Frames as gRPC has them; the last one of a response says how it ended. */
export function isConnectStream(headers: HeaderMap): boolean {
  return headers.get('content-type')?.startsWith('application/connect+') ?? false
}

/** Whether what the last frame says, a JSON object, is without an error. */
export function isSuccess(lastFrame: Uint8Array | undefined): boolean {
  if (lastFrame === undefined) return false
  try {
    const end = readLenientJson(new TextDecoder('utf-8', { fatal: true }).decode(lastFrame))
    return end === null || (typeof end === 'object' && !Array.isArray(end) && !Object.hasOwn(end, 'error'))
  } catch {
    // No JSON says nothing of a success.
    return false
  }
}
