/** envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import type { SharedName } from '../../common/shared-name.ts'
import { sharedNameOf } from '../../common/shared-name.ts'

export interface ConnectionLimitConfig {
  readonly statPrefix: string
  readonly maxConnections: number
  /** ms that a connection beyond the limit is kept waiting for its end. */
  readonly delayMs: number
  readonly enabled: RuntimeFeatureFlag
  /** Of the count in shared memory. */
  readonly sharedName: SharedName
}

export function parseConnectionLimit(reader: Reader): ConnectionLimitConfig {
  if (!reader.has('max_connections')) {
    reader.error(
      undefined,
      'NU109',
      "max_connections is required: Field 'max_connections' is missing in the ConnectionLimit",
    )
  }
  return {
    statPrefix: reader.string('stat_prefix'),
    maxConnections: reader.number('max_connections', 0),
    delayMs: reader.durationMs('delay', 0),
    enabled: readRuntimeFeatureFlag(reader, 'runtime_enabled', true),
    sharedName: sharedNameOf(reader),
  }
}
