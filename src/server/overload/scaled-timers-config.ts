/** envoy.config.overload.v3.ScaleTimersOverloadActionConfig: how far timers may be shortened. */
import type { Reader } from '../../api/config.ts'
import type { ScaledTimerKind } from '../../api/overload.ts'

/** Plain data: goes to the workers. */
export type ScaledTimersConfig = Readonly<Partial<Record<ScaledTimerKind, TimerMinimum>>>

export type TimerMinimum =
  | { readonly kind: 'absolute'; readonly ms: number }
  /** Of the configured time; 0 … 1. */
  | { readonly kind: 'scale'; readonly fraction: number }

const TYPE = 'envoy.config.overload.v3.ScaleTimersOverloadActionConfig'
const SUPPORTED: Readonly<Record<ScaledTimerKind, true>> = {
  HTTP_DOWNSTREAM_CONNECTION_IDLE: true,
  HTTP_DOWNSTREAM_STREAM_IDLE: true,
  HTTP_DOWNSTREAM_CONNECTION_MAX: true,
  // Of flow control in the protocol and of handshakes: HTTP/1 in plain text has neither, here as in Envoy.
  HTTP_DOWNSTREAM_STREAM_FLUSH: true,
  TRANSPORT_SOCKET_CONNECT: true,
}

/** `action` reads the OverloadAction of this name. */
export function readScaledTimers(action: Reader, name: string): ScaledTimersConfig {
  const config = action.any('typed_config')
  if (config === undefined) {
    action.error(undefined, 'NU278', `Overload action "${name}" requires typed_config`)
    return {}
  }
  if (config.typeName !== TYPE) {
    config.reader.keep()
    const message = `typed_config resolves to ${config.typeName} instead of ${TYPE}`
    action.error('typed_config', 'NU278', message)
    return {}
  }
  const timers: Partial<Record<ScaledTimerKind, TimerMinimum>> = {}
  config.reader.messages('timer_scale_factors', (factor) => {
    const timer = factor.enumeration<string>('timer', 'UNSPECIFIED')
    const scale = factor.message('min_scale', (percent) => percent.number('value', 0) / 100)
    const minimum: TimerMinimum =
      scale === undefined
        ? { kind: 'absolute', ms: factor.durationMs('min_timeout', 0) }
        : { kind: 'scale', fraction: scale }
    if (!isSupported(timer)) return factor.unsupported('timer', `scaling of ${timer}`)
    if (timers[timer] !== undefined) {
      factor.error('timer', 'NU276', `Found duplicate entry for timer type ${timer}`)
    }
    timers[timer] = minimum
  })
  return timers
}

function isSupported(timer: string): timer is ScaledTimerKind {
  return Object.hasOwn(SUPPORTED, timer)
}
