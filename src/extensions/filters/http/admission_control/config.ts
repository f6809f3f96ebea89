/** envoy.extensions.filters.http.admission_control.v3.AdmissionControl, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { Runtime } from '../../../../api/runtime.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'

/** A number that the runtime may change. */
export type RuntimeNumber = (runtime: Runtime) => number

export interface AdmissionControlConfig {
  readonly enabled: RuntimeFeatureFlag
  isHttpSuccess(status: number): boolean
  isGrpcSuccess(status: number): boolean
  /** Whole seconds. */
  readonly samplingWindowMs: number
  /** At least 1. */
  readonly aggression: RuntimeNumber
  /** 0–1: below this share of successes requests are rejected. */
  readonly successThreshold: RuntimeNumber
  /** Below this many requests a second none is. */
  readonly rpsThreshold: RuntimeNumber
  /** 0–1. */
  readonly maxRejectionProbability: RuntimeNumber
}

/** OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, FAILED_PRECONDITION, OUT_OF_RANGE, UNIMPLEMENTED, UNAUTHENTICATED. */
const GRPC_SUCCESS: readonly number[] = [0, 1, 2, 3, 5, 6, 7, 9, 11, 12, 16]
const MAX_GRPC_STATUS = 16

export function parseAdmissionControl(reader: Reader): AdmissionControlConfig {
  const criteria = reader.message('success_criteria', (inner) => ({
    ranges: inner.message('http_criteria', (http) => http.messages('http_success_status', readRange)),
    grpc: inner.message('grpc_criteria', readGrpcStatuses),
  }))
  const ranges = criteria?.ranges
  const grpc = new Set(criteria?.grpc ?? GRPC_SUCCESS)
  const aggression = readRuntimeNumber(reader, 'aggression', 1, (inner) => inner.number('default_value', 0))
  const success = readPercent(reader, 'sr_threshold', 95, 1)
  return {
    enabled: readRuntimeFeatureFlag(reader, 'enabled', true),
    isHttpSuccess: (status) =>
      ranges === undefined ? status < 500 : ranges.some(({ start, end }) => start <= status && status < end),
    isGrpcSuccess: (status) => grpc.has(status),
    samplingWindowMs: Math.floor(reader.durationMs('sampling_window', 30_000) / 1000) * 1000,
    aggression: (runtime) => Math.max(1, aggression(runtime)),
    successThreshold: success,
    rpsThreshold: readRuntimeNumber(reader, 'rps_threshold', 0, (inner) => inner.number('default_value', 0)),
    maxRejectionProbability: readPercent(reader, 'max_rejection_probability', 80, 0),
  }
}

interface StatusRange {
  readonly start: number
  /** Not in it. */
  readonly end: number
}

function readRange(reader: Reader): StatusRange {
  const start = reader.number('start', 0)
  const end = reader.number('end', 0)
  if (start > end || start < 100 || start >= 600 || end > 600) {
    reader.error(undefined, 'NU108', `invalid HTTP range: [${start}, ${end})`)
  }
  return { start, end }
}

function readGrpcStatuses(reader: Reader): readonly number[] {
  const statuses = reader.numbers('grpc_success_status')
  for (const status of statuses) {
    if (status > MAX_GRPC_STATUS) reader.error('grpc_success_status', 'NU108', `invalid gRPC code ${status}`)
  }
  return statuses
}

function readRuntimeNumber(
  reader: Reader,
  field: string,
  fallback: number,
  readDefault: (inner: Reader) => number,
): RuntimeNumber {
  const configured = reader.message(field, (inner) => ({
    key: inner.string('runtime_key'),
    value: readDefault(inner),
  }))
  if (configured === undefined) return () => fallback
  const { key, value } = configured
  return key === '' ? () => value : (runtime) => runtime.current.double(key, value)
}

/** RuntimePercent as a share; more than all is all. */
function readPercent(reader: Reader, field: string, fallback: number, atLeast: number): RuntimeNumber {
  const percent = readRuntimeNumber(reader, field, fallback, (inner) => {
    const value = inner.message('default_value', (inside) => inside.number('value', 0)) ?? 0
    if (value < atLeast) inner.error(undefined, 'NU108', 'Success rate threshold cannot be less than 1.0%.')
    return value
  })
  return (runtime) => Math.min(100, percent(runtime)) / 100
}
