/** For what overload does not concern: the admin server, and listeners that bypass the overload manager. */
import type { Overload } from '../api/overload.ts'

export const NO_OVERLOAD: Overload = {
  stopsAcceptingRequests: () => false,
  disablesHttpKeepAlive: () => false,
  rejectsIncomingConnections: () => false,
  stopAcceptingConnections: false,
  onStopAccepting: () => undefined,
  loadShedPoint: () => undefined,
  timer: (_kind, dispatcher, callback) => dispatcher.timer(callback),
  tryTakeConnection: () => true,
  giveBackConnection: () => undefined,
}
