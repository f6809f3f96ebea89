/** A request that is refused for overload before anything of it was looked at. */
import type { ProtocolError, RequestDecoder } from '../api/codec.ts'

/** The answer of the load shed point http1_server_abort_dispatch. */
export const DISPATCH_SHED: ProtocolError = {
  status: 500,
  details: 'overload',
  body: 'Internal Server Error',
  message: 'Aborting Server Dispatch',
}

/** Takes what the codec still reads of it. */
export const UNREAD: RequestDecoder = {
  decodeHeaders: () => undefined,
  decodeData: () => undefined,
  decodeTrailers: () => undefined,
  onReset: () => undefined,
  onAboveHighWatermark: () => undefined,
  onBelowLowWatermark: () => undefined,
}
