/** envoy.extensions.filters.http.compressor.v3.Compressor and CompressorPerRoute, parsed. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../../api/extension.ts'
import type { DirectionConfig } from './direction.ts'
import { parseDirection, parseOldDirection } from './direction.ts'

export type CompressorLibrary = ExtensionConfig<'envoy.compression.compressor'>

export interface CompressorConfig {
  readonly library: CompressorLibrary
  /** Undefined: requests are let through. */
  readonly request: DirectionConfig | undefined
  readonly response: ResponseDirectionConfig
  readonly chooseFirst: boolean
}

export interface ResponseDirectionConfig extends DirectionConfig {
  /** `response.`, or nothing for a configuration of before there were directions. */
  readonly statPrefix: string
  readonly disableOnEtag: boolean
  readonly removeAcceptEncoding: boolean
  readonly uncompressibleCodes: ReadonlySet<number>
  readonly statusHeader: boolean
  readonly weakenEtag: boolean
}

/** What a route says; undefined where it says nothing. */
export interface CompressorPerRoute {
  readonly enabled: boolean | undefined
  readonly removeAcceptEncoding: boolean | undefined
  readonly library: CompressorLibrary | undefined
}

export function parseCompressor(reader: Reader, context: ParseContext): CompressorConfig | undefined {
  const library = context.extension(reader, 'compressor_library', 'envoy.compression.compressor')
  const request = reader.message('request_direction_config', (direction) => {
    let common: DirectionConfig | undefined
    direction.message('common_config', (inner) => (common = parseDirection(inner)))
    return common ?? parseDirection(undefined)
  })
  const response = reader.message('response_direction_config', parseResponseDirection) ?? parseOldResponse(reader)
  if (reader.has('response_direction_config')) {
    for (const field of OLD_FIELDS) reader.ignore(field, 'response_direction_config takes its place')
  }
  const chooseFirst = reader.bool('choose_first', false)
  return library === undefined ? undefined : { library, request, response, chooseFirst }
}

const OLD_FIELDS = [
  'content_length',
  'content_type',
  'disable_on_etag_header',
  'remove_accept_encoding_header',
  'runtime_enabled',
]

function parseResponseDirection(reader: Reader): ResponseDirectionConfig {
  let common: DirectionConfig | undefined
  reader.message('common_config', (inner) => (common = parseDirection(inner)))
  return {
    ...(common ?? parseDirection(undefined)),
    statPrefix: 'response.',
    disableOnEtag: reader.bool('disable_on_etag_header', false),
    removeAcceptEncoding: reader.bool('remove_accept_encoding_header', false),
    uncompressibleCodes: new Set(reader.numbers('uncompressible_response_codes')),
    statusHeader: reader.bool('status_header_enabled', false),
    weakenEtag: reader.bool('weaken_etag_on_compress', false),
  }
}

function parseOldResponse(reader: Reader): ResponseDirectionConfig {
  return {
    ...parseOldDirection(reader),
    statPrefix: '',
    disableOnEtag: reader.bool('disable_on_etag_header', false),
    removeAcceptEncoding: reader.bool('remove_accept_encoding_header', false),
    uncompressibleCodes: new Set(),
    statusHeader: false,
    weakenEtag: false,
  }
}

export function parseCompressorPerRoute(reader: Reader, context: ParseContext): CompressorPerRoute {
  if (reader.bool('disabled', false)) return { enabled: false, removeAcceptEncoding: undefined, library: undefined }
  let perRoute: CompressorPerRoute = { enabled: undefined, removeAcceptEncoding: undefined, library: undefined }
  reader.message('overrides', (overrides) => {
    const response = overrides.message('response_direction_config', (direction) => ({
      removeAcceptEncoding: direction.optionalBool('remove_accept_encoding_header'),
    }))
    perRoute = {
      // Naming the direction switches it on.
      enabled: response === undefined ? undefined : true,
      removeAcceptEncoding: response?.removeAcceptEncoding,
      library: context.extension(overrides, 'compressor_library', 'envoy.compression.compressor'),
    }
  })
  return perRoute
}
