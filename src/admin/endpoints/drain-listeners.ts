/** /drain_listeners */
import type { AdminListeners } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { OK, text } from '../admin-endpoint.ts'

export function drainListenersEndpoint(listeners: AdminListeners): AdminEndpoint {
  return {
    path: '/drain_listeners',
    help: 'drain listeners',
    mutates: true,
    params: [
      {
        name: 'graceful',
        help:
          'When draining listeners, enter a graceful drain period prior to closing listeners. This behaviour and ' +
          'duration is configurable via server options or CLI',
        flag: true,
      },
      {
        name: 'skip_exit',
        help:
          'When draining listeners, drain the connections but never stop the listeners. The graceful parameter has ' +
          'no effect when this is set, since the drain period only delays stopping the listeners',
        flag: true,
      },
      {
        name: 'inboundonly',
        help:
          'Drains all inbound listeners. traffic_direction field in envoy_v3_api_msg_config.listener.v3.Listener is ' +
          'used to determine whether a listener is inbound or outbound.',
        flag: true,
      },
    ],
    handle({ params }) {
      const refusal = listeners.drain({
        graceful: params.has('graceful'),
        skipExit: params.has('skip_exit'),
        inboundOnly: params.has('inboundonly'),
      })
      return refusal === undefined ? OK : text(refusal, 400)
    },
  }
}
