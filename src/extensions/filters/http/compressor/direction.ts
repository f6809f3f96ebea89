/** Compressor.CommonDirectionConfig: which bodies of a direction are worth the work. */
import type { Reader } from '../../../../api/config.ts'
import type { HeaderMap } from '../../../../api/headers.ts'
import { readStringMatcher } from '../../../../config/matchers/string-matcher.ts'
import type { RuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'
import { readRuntimeFeatureFlag } from '../../../../config/runtime-feature-flag.ts'

export interface DirectionConfig {
  readonly enabled: RuntimeFeatureFlag
  readonly minContentLength: number
  /** Of a Content-Type without its parameters. */
  readonly takesContentType: (type: string) => boolean
}

const MIN_CONTENT_LENGTH = 30

const CONTENT_TYPES: readonly string[] = [
  'text/html',
  'text/plain',
  'text/css',
  'application/javascript',
  'application/x-javascript',
  'text/javascript',
  'text/x-javascript',
  'text/ecmascript',
  'text/js',
  'text/jscript',
  'text/x-js',
  'application/ecmascript',
  'application/x-json',
  'application/xml',
  'application/json',
  'image/svg+xml',
  'text/xml',
  'application/xhtml+xml',
  'application/grpc-web',
  'application/grpc-web+proto',
]

export function parseDirection(reader: Reader | undefined): DirectionConfig {
  if (reader === undefined) {
    return { enabled: () => true, minContentLength: MIN_CONTENT_LENGTH, takesContentType: oneOf([]) }
  }
  const matchers = reader.messages('content_type_matcher', readStringMatcher)
  if (matchers.length > 0) reader.ignore('content_type', 'content_type_matcher takes its place')
  return {
    enabled: readRuntimeFeatureFlag(reader, 'enabled', true),
    minContentLength: readMinimum(reader, 'min_content_length'),
    takesContentType:
      matchers.length > 0 ? (type) => matchers.some((matches) => matches(type)) : oneOf(reader.strings('content_type')),
  }
}

/** The fields of the filter itself that stood for the response direction before there were directions. */
export function parseOldDirection(reader: Reader): DirectionConfig {
  return {
    enabled: readRuntimeFeatureFlag(reader, 'runtime_enabled', true),
    minContentLength: readMinimum(reader, 'content_length'),
    takesContentType: oneOf(reader.strings('content_type')),
  }
}

function readMinimum(reader: Reader, field: string): number {
  // 0 is no limit to ask for, in Envoy: it stands for the default.
  return reader.number(field, 0) || MIN_CONTENT_LENGTH
}

function oneOf(configured: readonly string[]): (type: string) => boolean {
  const types = new Set((configured.length > 0 ? configured : CONTENT_TYPES).map((type) => type.toLowerCase()))
  return (type) => types.has(type.toLowerCase())
}

/** Without its parameters; '' when there is none. */
export function contentTypeOf(headers: HeaderMap): string {
  const value = headers.get('content-type')
  if (value === undefined) return ''
  const semicolon = value.indexOf(';')
  return (semicolon < 0 ? value : value.slice(0, semicolon)).trim()
}

/** Who says nothing of its type is not refused for it. */
export function takesContentTypeOf(direction: DirectionConfig, headers: HeaderMap): boolean {
  return !headers.has('content-type') || direction.takesContentType(contentTypeOf(headers))
}

/** A body without a length may be long. */
export function isLongEnough(direction: DirectionConfig, headers: HeaderMap): boolean {
  const length = headers.get('content-length')
  return length === undefined || (/^\d+$/.test(length) && Number(length) >= direction.minContentLength)
}
