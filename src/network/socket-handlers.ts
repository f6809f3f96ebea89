/** The handlers of every socket: find the connection and call it; data waits for the end of the turn. */
import type { NativeHandlers, NativeSocket } from './native-socket.ts'
import type { ThreadSockets } from './thread-sockets.ts'

export function socketHandlers(thread: ThreadSockets, open: (socket: NativeSocket) => void): NativeHandlers {
  return {
    open(socket) {
      thread.enter()
      open(socket)
      thread.leave()
    },
    data(socket, chunk) {
      thread.received(socket.data, chunk)
    },
    drain(socket) {
      thread.enter()
      socket.data.onNativeDrain()
      thread.leave()
    },
    end(socket) {
      thread.enter()
      socket.data.onNativeEnd()
      thread.leave()
    },
    close(socket, error) {
      thread.enter()
      socket.data.onNativeClose(error)
      thread.leave()
    },
  }
}
