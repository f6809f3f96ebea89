/** What is known of a stream that belongs to no connection: a request of our own. */
import type { Dispatcher } from '../api/event.ts'
import type { StreamInfo } from '../api/stream-info.ts'
import { pipeAddress } from './address.ts'
import { SocketInfo } from './connection-info.ts'
import { StreamRecord } from './stream-info.ts'

export function detachedStreamInfo(dispatcher: Dispatcher): StreamInfo {
  const nowhere = pipeAddress('', 0)
  const socket = new SocketInfo(nowhere, nowhere)
  return new StreamRecord(dispatcher.now, dispatcher.wallNow, socket, 0, undefined, undefined, dispatcher)
}
