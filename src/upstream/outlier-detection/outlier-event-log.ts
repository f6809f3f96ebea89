/** Ejections and their ends as lines of JSON, each an envoy.data.cluster.v3.OutlierDetectionEvent. */
import type { AccessLogFile } from '../../api/access-log.ts'
import type { Message } from '../../api/config.ts'
import type { EjectionKind } from './outlier-detection-config.ts'
import type { OutlierHost } from './outlier-host.ts'
import type { SuccessRates } from './success-rates.ts'

const TYPES: Readonly<Record<EjectionKind, string>> = {
  consecutive_5xx: 'CONSECUTIVE_5XX',
  consecutive_gateway_failure: 'CONSECUTIVE_GATEWAY_FAILURE',
  consecutive_local_origin_failure: 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE',
  success_rate: 'SUCCESS_RATE',
  local_origin_success_rate: 'SUCCESS_RATE_LOCAL_ORIGIN',
  failure_percentage: 'FAILURE_PERCENTAGE',
  failure_percentage_local_origin: 'FAILURE_PERCENTAGE_LOCAL_ORIGIN',
}

/** Time as the dispatcher has it. */
interface Clock {
  readonly now: number
  readonly wallNow: number
}

export class OutlierEventLog {
  readonly #clusterName: string
  readonly #file: AccessLogFile
  readonly #clock: Clock

  constructor(clusterName: string, file: AccessLogFile, clock: Clock) {
    this.#clusterName = clusterName
    this.#file = file
    this.#clock = clock
  }

  /** `rates`: of the origin that the kind is about. */
  eject(host: OutlierHost, kind: EjectionKind, enforced: boolean, rates: SuccessRates | undefined): void {
    const event = {
      ...this.#common(host, TYPES[kind], host.lastUnejection, 'EJECT', enforced),
      ...details(kind, host, rates),
    }
    this.#write(event)
  }

  degrade(host: OutlierHost): void {
    const common = this.#common(host, 'DEGRADED', host.lastUnejection, 'EJECT', true)
    this.#write({ ...common, eject_consecutive_event: {} })
  }

  /** Of an ejection, or of being degraded. */
  uneject(host: OutlierHost): void {
    this.#write(this.#common(host, TYPES.consecutive_5xx, host.lastEjection, 'UNEJECT', false))
  }

  #common(host: OutlierHost, type: string, lastAction: number | undefined, action: string, enforced: boolean): Message {
    const { now, wallNow } = this.#clock
    const since = lastAction === undefined ? undefined : String(Math.floor((now - lastAction) / 1000))
    return {
      type,
      timestamp: new Date(wallNow).toISOString(),
      ...(since === undefined ? {} : { secs_since_last_action: since }),
      cluster_name: this.#clusterName,
      upstream_url: host.host.address.text,
      action,
      num_ejections: host.ejections,
      enforced,
    }
  }

  #write(event: Message): void {
    this.#file.write(`${JSON.stringify(event)}\n`)
  }
}

function details(kind: EjectionKind, host: OutlierHost, rates: SuccessRates | undefined): Message {
  const whole = (rate: number | undefined) => Math.max(0, Math.trunc(rate ?? 0))
  switch (kind) {
    case 'success_rate':
    case 'local_origin_success_rate': {
      const origin = kind === 'success_rate' ? host.external : host.local
      return {
        eject_success_rate_event: {
          host_success_rate: whole(origin.successRate),
          cluster_average_success_rate: whole(rates?.average),
          cluster_success_rate_ejection_threshold: whole(rates?.threshold),
        },
      }
    }
    case 'failure_percentage':
      return { eject_failure_percentage_event: { host_success_rate: whole(host.external.successRate) } }
    case 'failure_percentage_local_origin':
      return { eject_failure_percentage_event: { host_success_rate: whole(host.local.successRate) } }
    default:
      return { eject_consecutive_event: {} }
  }
}
