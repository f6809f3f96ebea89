/** RuntimeFilter: a share of the records, the same requests in every proxy that shares the request ids. */
import type { Reader } from '../../../api/config.ts'
import { readFractionalPercent } from '../../../config/fractional-percent.ts'
import type { AccessLogFilterConfig } from './access-log-filter-config.ts'

export function readRuntimeFilter(reader: Reader): AccessLogFilterConfig {
  const key = reader.string('runtime_key')
  const fraction = reader.message('percent_sampled', readFractionalPercent) ?? { numerator: 0, denominator: 100 }
  const independent = reader.bool('use_independent_randomness', false)
  return ({ runtime, random }) => ({
    evaluate: ({ streamInfo }) => {
      const stable = independent ? undefined : numberOfRequestId(streamInfo.requestId)
      // A whole number of the runtime: it has no say in the denominator.
      const share = runtime.current.integer(key, fraction.numerator)
      return (stable ?? random.u32()) % fraction.denominator < share
    },
  })
}

/** The first 32 bits of a UUID. */
function numberOfRequestId(requestId: string | undefined): number | undefined {
  if (requestId === undefined || !/^[0-9a-fA-F]{8}/.test(requestId)) return undefined
  return Number.parseInt(requestId.slice(0, 8), 16)
}
