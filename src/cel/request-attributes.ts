/** `request.*` */
import { fromWireText } from '../base/wire-text.ts'
import type { CelData } from './cel-data.ts'
import { durationOf, headerMap, headerText, integer, timestampOf } from './header-attributes.ts'
import type { Extractors } from './lazy-map.ts'

const PSEUDO_HEADERS: readonly string[] = [':authority', ':method', ':path', ':protocol', ':scheme']

export const REQUEST_ATTRIBUTES: Extractors<CelData> = {
  headers: ({ request }, library) => headerMap(library, request, PSEUDO_HEADERS),
  headers_bytes: ({ request }) => integer(request?.byteSize ?? 0),
  time: ({ streamInfo }, library) => timestampOf(library, streamInfo.startTimeWall),
  size: ({ request, streamInfo }) => {
    const length = request?.get('content-length')
    if (length === undefined) return integer(streamInfo.bytesReceived)
    return /^[+-]?\d{1,18}$/.test(length.trim()) ? BigInt(length.trim()) : undefined
  },
  total_size: ({ request, streamInfo }) => integer(streamInfo.bytesReceived + (request?.byteSize ?? 0)),
  duration: ({ streamInfo: { endTime, startTime } }, library) =>
    endTime === undefined ? undefined : durationOf(library, endTime - startTime),
  protocol: ({ streamInfo }) => streamInfo.protocol,
  path: ({ request }) => headerText(request, ':path'),
  url_path: ({ request }) => (request === undefined ? undefined : fromWireText(request.path.split('?', 1)[0]!)),
  host: ({ request }) => headerText(request, ':authority'),
  scheme: ({ request }) => headerText(request, ':scheme'),
  method: ({ request }) => headerText(request, ':method'),
  referer: ({ request }) => headerText(request, 'referer'),
  id: ({ request }) => headerText(request, 'x-request-id'),
  useragent: ({ request }) => headerText(request, 'user-agent'),
  query: ({ request }) => (request === undefined ? undefined : fromWireText(queryOf(request.path))),
}

function queryOf(path: string): string {
  const start = path.indexOf('?')
  if (start < 0) return ''
  const fragment = path.indexOf('#', start)
  return path.slice(start + 1, fragment < 0 ? undefined : fragment)
}
