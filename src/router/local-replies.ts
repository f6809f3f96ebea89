/** Replies that the router makes by itself. */
import type { ResponseHeaders } from '../api/headers.ts'
import type { ResponseFlag } from '../api/stream-info.ts'
import type { RouterCallbacks } from './router-callbacks.ts'

export interface RouterReply {
  readonly status: number
  readonly body: string
  readonly details: string
  readonly flag?: ResponseFlag
  /** A circuit breaker or the maintenance mode stopped the request; the client is told to back off. */
  readonly overloaded?: boolean
  /** A further header with the value `true`. */
  readonly saysWhy?: 'x-envoy-drop-overload' | 'x-envoy-unconditional-drop-overload'
  /** Says how often the request was tried. */
  readonly attemptCount?: boolean
}

export function sendRouterReply(callbacks: RouterCallbacks, reply: RouterReply): void {
  const { status, body, details, flag } = reply
  callbacks.sendLocalReply({
    status,
    body,
    details,
    ...(flag === undefined ? {} : { flag }),
    modifyHeaders: (response: ResponseHeaders) => {
      if (reply.overloaded === true) response.set('x-envoy-overloaded', 'true')
      if (reply.saysWhy !== undefined) response.set(reply.saysWhy, 'true')
      if (reply.attemptCount !== true) return
      response.set('x-envoy-attempt-count', String(callbacks.streamInfo.attemptCount))
    },
  })
}

export const MAINTENANCE: RouterReply = {
  status: 503,
  body: 'maintenance mode',
  details: 'maintenance_mode',
  flag: 'UO',
}

/** The load shed point http_downstream_filter_check. */
export const OVERLOADED: RouterReply = { status: 503, body: 'envoy overloaded', details: 'overload' }

/** The control plane wants some of the requests to a cluster dropped. */
export const DROPPED: RouterReply = { status: 503, body: 'drop overload', details: 'drop_overload', flag: 'DO' }

/** It wants none of them. */
export const ALL_DROPPED: RouterReply = {
  status: 503,
  body: 'unconditional drop overload',
  details: 'unconditional_drop_overload',
  flag: 'UDO',
}
