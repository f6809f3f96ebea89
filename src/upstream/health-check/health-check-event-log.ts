/** Events of health checks as lines of JSON, each an envoy.data.core.v3.HealthCheckEvent with all its fields. */
import type { AccessLogFile } from '../../api/access-log.ts'
import type { Json, Message } from '../../api/config.ts'
import { toWireText } from '../../base/wire-text.ts'
import type { HostDescription } from '../host-snapshot.ts'
import { addressJson } from './address-json.ts'
import type { CustomHealthCheck } from './custom-health-check.ts'
import type { ProbeFailure } from './probe.ts'

export interface HealthCheckEventLogDeps {
  readonly clusterName: string
  readonly checkerType: 'HTTP' | 'TCP' | CustomHealthCheck['checkerType']
  readonly files: readonly AccessLogFile[]
  /** Milliseconds since the epoch. */
  readonly clock: { readonly wallNow: number }
}

export class HealthCheckEventLog {
  readonly #deps: HealthCheckEventLogDeps

  constructor(deps: HealthCheckEventLogDeps) {
    this.#deps = deps
  }

  ejectUnhealthy(host: HostDescription, { type, status }: ProbeFailure): void {
    this.#log(host, { eject_unhealthy_event: { failure_type: type, http_status_code: status } }, {})
  }

  addHealthy(host: HostDescription, firstCheck: boolean): void {
    this.#log(host, { add_healthy_event: { first_check: firstCheck } }, {})
  }

  failure(host: HostDescription, { type, status }: ProbeFailure, firstCheck: boolean): void {
    const event = { failure_type: type, first_check: firstCheck, http_status_code: status }
    this.#log(host, {}, { health_check_failure_event: event })
  }

  success(host: HostDescription): void {
    this.#log(host, {}, {}, { successful_health_check_event: {} })
  }

  degraded(host: HostDescription): void {
    this.#log(host, {}, { degraded_healthy_host: {} })
  }

  noLongerDegraded(host: HostDescription): void {
    this.#log(host, {}, { no_longer_degraded_host: {} })
  }

  /** Fields in the order of their numbers: some events stand before the time, some after it, one at the end. */
  #log(host: HostDescription, before: Message, after: Message, last: Message = {}): void {
    const { clusterName, checkerType, files, clock } = this.#deps
    const { region, zone, subZone } = host.locality
    const event: Record<string, Json> = {
      health_checker_type: checkerType,
      host: addressJson(host.address),
      cluster_name: clusterName,
      ...before,
      timestamp: new Date(clock.wallNow).toISOString(),
      ...after,
      ...(host.metadata === undefined ? {} : { metadata: withAllFields(host.metadata) }),
      locality: { region, zone, sub_zone: subZone },
      ...last,
    }
    const line = toWireText(`${JSON.stringify(event)}\n`)
    for (const file of files) file.write(line)
  }
}

function withAllFields(metadata: Message): Message {
  return {
    filter_metadata: metadata['filter_metadata'] ?? {},
    typed_filter_metadata: metadata['typed_filter_metadata'] ?? {},
  }
}
