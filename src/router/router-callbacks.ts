/** What the router filter asks of its stream: a part of what every filter gets, so that mirrored requests can have it. */
import type { DecoderCallbacks } from '../api/http.ts'

export type RouterCallbacks = Pick<
  DecoderCallbacks,
  | 'dispatcher'
  | 'streamInfo'
  | 'connection'
  | 'trace'
  | 'route'
  | 'streamRandom'
  | 'decoderBufferLimit'
  | 'clearRouteCache'
  | 'continueDecoding'
  | 'setRoute'
  | 'resetStream'
  | 'recreateStream'
  | 'sendLocalReply'
  | 'encode1xx'
  | 'encodeHeaders'
  | 'encodeData'
  | 'encodeTrailers'
  | 'onDecoderFilterAboveHighWatermark'
  | 'onDecoderFilterBelowLowWatermark'
  | 'upstreamOverrideHost'
  | 'addDownstreamWatermarkCallbacks'
  | 'removeDownstreamWatermarkCallbacks'
>
