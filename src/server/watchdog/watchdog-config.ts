/** envoy.config.bootstrap.v3.Watchdogs, and the deprecated Watchdog that stands for both. */
import type { Reader } from '../../api/config.ts'

export interface WatchdogConfig {
  readonly missTimeoutMs: number
  readonly megamissTimeoutMs: number
  /** 0: off. */
  readonly killTimeoutMs: number
  /** Something in (0, this] is added to killTimeoutMs, so that not all processes of a fleet end at once. */
  readonly maxKillTimeoutJitterMs: number
  /** 0: off. */
  readonly multikillTimeoutMs: number
  readonly multikillThresholdPercent: number
  /** Events that end the process. */
  readonly abortOn: ReadonlySet<WatchdogEvent>
}

export type WatchdogEvent = 'KILL' | 'MULTIKILL' | 'MEGAMISS' | 'MISS'

export interface WatchdogsConfig {
  readonly mainThread: WatchdogConfig
  readonly workers: WatchdogConfig
}

export const DEFAULT_WATCHDOG: WatchdogConfig = {
  missTimeoutMs: 200,
  megamissTimeoutMs: 1000,
  killTimeoutMs: 0,
  maxKillTimeoutJitterMs: 0,
  multikillTimeoutMs: 0,
  multikillThresholdPercent: 0,
  abortOn: new Set(),
}

/** `bootstrap` reads the Bootstrap. */
export function readWatchdogs(bootstrap: Reader): WatchdogsConfig {
  if (bootstrap.has('watchdog') && bootstrap.has('watchdogs')) {
    bootstrap.error('watchdog', 'NU274', 'Only one of watchdog or watchdogs should be set!')
  }
  const both = bootstrap.message('watchdog', readWatchdog)
  const each = bootstrap.message('watchdogs', (watchdogs) => ({
    mainThread: watchdogs.message('main_thread_watchdog', readWatchdog),
    workers: watchdogs.message('worker_watchdog', readWatchdog),
  }))
  return {
    mainThread: each?.mainThread ?? both ?? DEFAULT_WATCHDOG,
    workers: each?.workers ?? both ?? DEFAULT_WATCHDOG,
  }
}

function readWatchdog(reader: Reader): WatchdogConfig {
  const killTimeoutMs = reader.durationMs('kill_timeout', 0)
  const multikillTimeoutMs = reader.durationMs('multikill_timeout', 0)
  const abortOn = new Set(reader.messages('actions', readAction).filter((event) => event !== undefined))
  // Envoy appends an abort action to the configured ones.
  if (killTimeoutMs > 0) abortOn.add('KILL')
  if (multikillTimeoutMs > 0) abortOn.add('MULTIKILL')
  return {
    missTimeoutMs: reader.durationMs('miss_timeout', DEFAULT_WATCHDOG.missTimeoutMs),
    megamissTimeoutMs: reader.durationMs('megamiss_timeout', DEFAULT_WATCHDOG.megamissTimeoutMs),
    killTimeoutMs,
    maxKillTimeoutJitterMs: reader.durationMs('max_kill_timeout_jitter', 0),
    multikillTimeoutMs,
    multikillThresholdPercent: reader.message('multikill_threshold', (percent) => percent.number('value', 0)) ?? 0,
    abortOn,
  }
}

const ABORT_ACTION = 'envoy.watchdog.v3.AbortActionConfig'

function readAction(reader: Reader): WatchdogEvent | undefined {
  const event = reader.enumeration<WatchdogEvent | 'UNKNOWN'>('event', 'UNKNOWN')
  const typeName = reader.message('config', (config) => {
    config.ignore('name', 'the type says which action it is')
    const action = config.any('typed_config')
    if (action?.typeName !== ABORT_ACTION) {
      const name = config.string('name')
      if (action === undefined)
        config.error('typed_config', 'NU275', `Didn't find a registered implementation for '${name}' with type URL: ''`)
      else config.unsupported('typed_config', `watchdog action ${action.typeName}`)
      return undefined
    }
    action.reader.ignore('wait_duration', 'the signal ends the whole process, so that nothing is left to wait for')
    return action.typeName
  })
  if (typeName === undefined && !reader.has('config'))
    reader.error(undefined, 'NU275', "Didn't find a registered implementation for '' with type URL: ''")
  // An action for the event UNKNOWN is never called.
  return typeName === undefined || event === 'UNKNOWN' ? undefined : event
}
