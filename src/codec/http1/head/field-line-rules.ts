/** Rules for lines of heads and trailers that come after parsing: repeated names, underscores, how many. */
import type { ProtocolError } from '../../../api/codec.ts'
import type { FieldLines } from '../../headers/field-lines.ts'
import { codecError, TOO_MANY_HEADERS, TOO_MANY_TRAILERS, UNEXPECTED_UNDERSCORE } from '../protocol-errors.ts'
import type { Http1CommonSettings, Http1ServerSettings } from '../settings.ts'
import type { LineScan } from './scan-lines.ts'

/** For every head and trailers, first of all. */
export function checkFieldLines(
  fields: FieldLines,
  scan: LineScan,
  settings: Http1CommonSettings,
  areTrailers: boolean,
): ProtocolError | undefined {
  if (scan.repeatedLength && !areTrailers) return codecError('HPE_UNEXPECTED_CONTENT_LENGTH')
  if (scan.repeated) fields.mergeRepeatedLines()
  if (scan.lines.length > settings.maxHeadersCount * 2 && countOf(fields) > settings.maxHeadersCount) {
    return areTrailers ? TOO_MANY_TRAILERS : TOO_MANY_HEADERS
  }
  return undefined
}

/** Lines of transfer-encoding are one to Envoy, while it is the last of them that decides on the framing. */
function countOf(fields: FieldLines): number {
  return fields.size - Math.max(0, fields.getAll('transfer-encoding').length - 1)
}

/** headers_with_underscores_action; looks at names only where it matters. */
export function applyUnderscoresAction(fields: FieldLines, settings: Http1ServerSettings): ProtocolError | undefined {
  if (settings.underscoresAction === 'allow') return undefined
  const names: string[] = []
  fields.forEach((name) => {
    if (name.includes('_')) names.push(name)
  })
  if (names.length > 0 && settings.underscoresAction === 'reject-request') {
    settings.onUnderscoreRejected()
    return UNEXPECTED_UNDERSCORE
  }
  for (const name of names) {
    fields.remove(name)
    settings.onUnderscoreDropped()
  }
  return undefined
}
