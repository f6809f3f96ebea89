/** envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit, of the filter or of a route, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import type { SharedName } from '../../common/shared-name.ts'
import { sharedNameOf } from '../../common/shared-name.ts'

export interface BandwidthLimitConfig {
  readonly statPrefix: string
  readonly limitsRequests: boolean
  readonly limitsResponses: boolean
  readonly bytesPerSecond: number
  /** How often held body is looked at. */
  readonly fillIntervalMs: number
  readonly enabled: RuntimeFeatureFlag
  /** Tell the client of the delays. */
  readonly responseTrailers: boolean
  /** Before the names of those trailers, with its dash; '' for none. */
  readonly trailerPrefix: string
  /** Of the bucket in shared memory. */
  readonly sharedName: SharedName
}

type EnableMode = 'DISABLED' | 'REQUEST' | 'RESPONSE' | 'REQUEST_AND_RESPONSE'

const BYTES_PER_KIB = 1024

export function parseBandwidthLimit(reader: Reader): BandwidthLimitConfig {
  const mode = reader.enumeration<EnableMode>('enable_mode', 'DISABLED')
  const prefix = reader.string('response_trailer_prefix').toLowerCase()
  return {
    statPrefix: reader.string('stat_prefix'),
    limitsRequests: mode === 'REQUEST' || mode === 'REQUEST_AND_RESPONSE',
    limitsResponses: mode === 'RESPONSE' || mode === 'REQUEST_AND_RESPONSE',
    bytesPerSecond: reader.number('limit_kbps', 0) * BYTES_PER_KIB,
    fillIntervalMs: reader.durationMs('fill_interval', 50),
    enabled: readRuntimeFeatureFlag(reader, 'runtime_enabled', true),
    responseTrailers: reader.bool('enable_response_trailers', false),
    trailerPrefix: prefix === '' ? '' : `${prefix}-`,
    sharedName: sharedNameOf(reader),
  }
}

export function parseBandwidthLimitPerRoute(reader: Reader): BandwidthLimitConfig {
  if (!reader.has('limit_kbps')) {
    reader.error(undefined, 'NU109', 'limit must be set for per route filter config')
  }
  return parseBandwidthLimit(reader)
}
