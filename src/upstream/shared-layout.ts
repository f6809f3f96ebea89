/** Which shared number of a cluster or a host means what. Blocks are allocated by the main thread. */

/** Of a cluster, per priority: requests and connections in flight over all workers. */
export const RESOURCE = { connections: 0, pendingRequests: 1, requests: 2, retries: 3, connectionPools: 4 } as const

export type ResourceName = keyof typeof RESOURCE

export const RESOURCES_PER_PRIORITY = 5
const PRIORITIES = 2

/** How many counts there are, in front of what is said about them. */
export const RESOURCES = RESOURCES_PER_PRIORITY * PRIORITIES

/** Beside each count: what its gauges show, as whoever counted last saw it. Bits of RESOURCE_SHOWN, and a number. */
export const RESOURCE_STATE = RESOURCES
export const RESOURCE_REMAINING = 2 * RESOURCES

/** `state` and `remaining`: there is something to show. `open`: the limit is reached. */
export const RESOURCE_SHOWN = { state: 1, open: 2, remaining: 4 } as const

export const RESOURCE_SLOTS = 3 * RESOURCES

/** Of a host. */
export const HOST = {
  cxActive: 0,
  cxTotal: 1,
  cxConnectFail: 2,
  rqActive: 3,
  rqPendingActive: 4,
  rqTotal: 5,
  rqSuccess: 6,
  rqError: 7,
  rqTimeout: 8,
} as const

/** Of a host, behind those: failures in a row, and results that rates are worked out from. */
export const OUTLIER = {
  consecutive5xx: 9,
  consecutiveGatewayFailure: 10,
  consecutiveLocalOriginFailure: 11,
  externalTotal: 12,
  externalSuccess: 13,
  localTotal: 14,
  localSuccess: 15,
  /** 1: the host has called itself degraded, and the main thread knows. */
  degraded: 19,
} as const

/** Of a host, behind those: what it said of its load, as a weight, and since when and when it said so (see orca/). */
export const ORCA = { weight: 16, since: 17, updated: 18 } as const

/** Of a host, behind those: how busy it says it is, where localities are chosen by that, and when it said so. */
export const LOAD = { utilisation: 20, updated: 21 } as const

export const HOST_COUNTERS = 22
