/** envoy.extensions.filters.http.decompressor.v3.Decompressor, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../../api/extension.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'

export interface DecompressorConfig {
  readonly library: ExtensionConfig<'envoy.compression.decompressor'>
  readonly request: DecompressorDirection
  readonly response: DecompressorDirection
  /** Tell upstreams that compressed responses are welcome. */
  readonly advertise: boolean
}

export interface DecompressorDirection {
  readonly enabled: RuntimeFeatureFlag
  /** Also where cache-control says no-transform. */
  readonly ignoreNoTransform: boolean
}

const DEFAULT_DIRECTION: DecompressorDirection = { enabled: () => true, ignoreNoTransform: false }

export function parseDecompressor(reader: Reader, context: ParseContext): DecompressorConfig | undefined {
  const library = context.extension(reader, 'decompressor_library', 'envoy.compression.decompressor')
  const request = reader.message('request_direction_config', (direction) => ({
    common: direction.message('common_config', parseDirection),
    advertise: direction.bool('advertise_accept_encoding', true),
  }))
  const response = reader.message('response_direction_config', (direction) => ({
    common: direction.message('common_config', parseDirection),
  }))
  if (library === undefined) return undefined
  return {
    library,
    request: request?.common ?? DEFAULT_DIRECTION,
    response: response?.common ?? DEFAULT_DIRECTION,
    advertise: request?.advertise ?? true,
  }
}

function parseDirection(reader: Reader): DecompressorDirection {
  return {
    enabled: readRuntimeFeatureFlag(reader, 'enabled', true),
    ignoreNoTransform: reader.bool('ignore_no_transform_header', false),
  }
}
