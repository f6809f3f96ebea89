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
