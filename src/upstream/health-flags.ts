/**
 * What is held against a host, besides what its assignment says of it: the results of active health checks and of outlier
 * detection (Envoy's Host::HealthFlag). The main thread alone changes them; workers get them with the hosts.
 */
import type { HealthStatus } from './config/load-assignment.ts'
import type { Health } from './host-snapshot.ts'

export const HEALTH_FLAG = {
  failedActiveHc: 1,
  failedOutlierCheck: 2,
  degradedActiveHc: 4,
  /** Discovery has dropped the host, and it still passes its checks. */
  pendingDynamicRemoval: 8,
  /** Not checked yet, where nobody should count it until then. */
  pendingActiveHc: 16,
  excludedViaImmediateHcFail: 32,
  /** The checks failed by not being answered in time. */
  activeHcTimeout: 64,
  /** A response called the host degraded. */
  degradedOutlierDetection: 128,
} as const

export type HealthFlag = (typeof HEALTH_FLAG)[keyof typeof HEALTH_FLAG]

/** The flags of one host. */
export interface FlagStore {
  get(flag: HealthFlag): boolean
  set(flag: HealthFlag, on: boolean): void
}

const UNHEALTHY = HEALTH_FLAG.failedActiveHc | HEALTH_FLAG.failedOutlierCheck
const DEGRADED = HEALTH_FLAG.degradedActiveHc | HEALTH_FLAG.degradedOutlierDetection
const EXCLUDED = HEALTH_FLAG.pendingActiveHc | HEALTH_FLAG.excludedViaImmediateHcFail

export function healthOf(status: HealthStatus, flags = 0): Health {
  if ((flags & UNHEALTHY) !== 0) return 'unhealthy'
  switch (status) {
    case 'UNKNOWN':
    case 'HEALTHY':
      return (flags & DEGRADED) === 0 ? 'healthy' : 'degraded'
    case 'DEGRADED':
      return 'degraded'
    case 'UNHEALTHY':
    case 'DRAINING':
    case 'TIMEOUT':
      return 'unhealthy'
  }
}

/** The status as an assignment would tell it, of all that is known together (Envoy's Host::healthStatus). */
export function healthStatusOf(status: HealthStatus, flags: number): HealthStatus {
  if ((flags & (UNHEALTHY | HEALTH_FLAG.excludedViaImmediateHcFail)) !== 0) return 'UNHEALTHY'
  if (status !== 'UNKNOWN' && status !== 'HEALTHY') return status
  return (flags & DEGRADED) === 0 ? status : 'DEGRADED'
}

/** Not counted where the share of healthy hosts is worked out. */
export function isExcluded(status: HealthStatus, flags: number): boolean {
  return status === 'DRAINING' || (flags & EXCLUDED) !== 0
}

/** As /clusters names what is set, in its order. */
export function flagNames(status: HealthStatus, flags: number): readonly string[] {
  if (flags === 0 && (status === 'UNKNOWN' || status === 'HEALTHY')) return NO_NAMES
  return NAMES.filter(([, test]) => test(status, flags)).map(([name]) => name)
}

const NO_NAMES: readonly string[] = []
const flag = (bit: HealthFlag) => (_status: HealthStatus, flags: number) => (flags & bit) !== 0

const NAMES: readonly (readonly [string, (status: HealthStatus, flags: number) => boolean])[] = [
  ['failed_active_hc', flag(HEALTH_FLAG.failedActiveHc)],
  ['failed_outlier_check', flag(HEALTH_FLAG.failedOutlierCheck)],
  ['failed_eds_health', (status) => status === 'UNHEALTHY' || status === 'TIMEOUT'],
  ['degraded_active_hc', flag(HEALTH_FLAG.degradedActiveHc)],
  ['degraded_eds_health', (status) => status === 'DEGRADED'],
  ['pending_dynamic_removal', flag(HEALTH_FLAG.pendingDynamicRemoval)],
  ['pending_active_hc', flag(HEALTH_FLAG.pendingActiveHc)],
  ['excluded_via_immediate_hc_fail', flag(HEALTH_FLAG.excludedViaImmediateHcFail)],
  ['active_hc_timeout', flag(HEALTH_FLAG.activeHcTimeout)],
  ['eds_status_draining', (status) => status === 'DRAINING'],
  ['degraded_outlier_detection', flag(HEALTH_FLAG.degradedOutlierDetection)],
]
