/** Rules for lines of heads and trailers that come after parsing: repeated names, underscores, how many. */
import type { ProtocolError } from '../../../api/codec.ts'
import type { FieldLines } from '../../headers/field-lines.ts'
import { codecError, TOO_MANY_HEADERS, TOO_MANY_TRAILERS, UNEXPECTED_UNDERSCORE } from '../protocol-errors.ts'
import type { Http1CommonSettings, Http1ServerSettings } from '../settings.ts'
import type { LineScan } from './scan-lines.ts'

/** For every head and trailers, first of all. */
export function checkRepeated(fields: FieldLines, scan: LineScan, areTrailers: boolean): ProtocolError | undefined {
  if (scan.repeatedLength && !areTrailers) return codecError('HPE_UNEXPECTED_CONTENT_LENGTH')
  if (scan.repeated) fields.mergeRepeatedLines()
  return undefined
}

/** Names that were dropped do not count. */
export function checkCount(
  fields: FieldLines,
  scan: LineScan,
  settings: Http1CommonSettings,
  areTrailers: boolean,
): ProtocolError | undefined {
  if (scan.lines.length > settings.maxHeadersCount * 2 && countOf(fields) > settings.maxHeadersCount) {
    return areTrailers ? TOO_MANY_TRAILERS : TOO_MANY_HEADERS
  }
  return undefined
}

/** Lines of transfer-encoding are one to Envoy, while it is the last of them that decides on the framing. */
function countOf(fields: FieldLines): number {
  return fields.size - Math.max(0, fields.getAll('transfer-encoding').length - 1)
}

/** headers_with_underscores_action; looks at names only where it matters. Names behind one that is too many are not looked at. */
export function applyUnderscoresAction(fields: FieldLines, settings: Http1ServerSettings): ProtocolError | undefined {
  if (settings.underscoresAction === 'allow') return undefined
  const names: string[] = []
  let others = 0
  let coded = false
  fields.forEach((name) => {
    if (others > settings.maxHeadersCount) return
    if (name.includes('_')) names.push(name)
    else if (name !== 'transfer-encoding') others++
    else if (!coded) {
      coded = true
      others++
    }
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
