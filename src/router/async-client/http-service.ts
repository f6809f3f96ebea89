/** envoy.config.core.v3.HttpService: a URL of a host, asked by way of a cluster, and what to add to the request. */
import type { Reader } from '../../api/config.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import { newRequestHeaders } from '../../codec/headers/request-headers.ts'
import type { Formatter } from '../../api/access-log.ts'
import { readFormatterExtensions } from '../../formatter/formatter-extensions.ts'
import type { OperatorTable } from '../../formatter/operator.ts'
import { readFormatText } from '../../formatter/substitution-format.ts'
import { mutationContext } from '../header-mutations.ts'

export interface HttpService {
  readonly cluster: string
  /** As the request names it. */
  readonly authority: string
  readonly path: string
  readonly timeoutMs: number
  readonly headers: readonly ServiceHeader[]
}

interface ServiceHeader {
  readonly name: string
  readonly value: Formatter
}

const NOWHERE = { cluster: '', authority: '', path: '/', timeoutMs: 0 }

export function readHttpService(reader: Reader): HttpService {
  const operators = readFormatterExtensions(reader)
  const uri = reader.message('http_uri', readUri) ?? NOWHERE
  const headers = reader.messages('request_headers_to_add', (option) => readHeader(option, operators))
  return { ...uri, headers: headers.filter((header) => header !== undefined) }
}

function readHeader(option: Reader, operators: OperatorTable): ServiceHeader | undefined {
  for (const field of ['append', 'append_action', 'keep_empty_value']) {
    option.ignore(field, 'each header replaces what is there, empty or not')
  }
  return option.message('header', (header) => {
    const name = header.string('key').toLowerCase()
    const raw = header.bytes('raw_value')
    const text = raw === undefined ? header.string('value') : Buffer.from(raw).toString('utf8')
    const field = raw === undefined ? 'value' : 'raw_value'
    return { name, value: readFormatText(header, field, text, operators, false) }
  })
}

function readUri(reader: Reader): Omit<HttpService, 'headers'> {
  const uri = reader.string('uri')
  const scheme = uri.indexOf('://')
  const rest = scheme < 0 ? uri : uri.slice(scheme + 3)
  const slash = rest.indexOf('/')
  return {
    cluster: reader.string('cluster'),
    authority: slash < 0 ? rest : rest.slice(0, slash),
    path: slash < 0 ? '/' : rest.slice(slash),
    timeoutMs: reader.durationMs('timeout', 0),
  }
}

/** The head of a POST to it. What the configuration adds comes last and replaces what is there. */
export function serviceHeaders(
  service: HttpService,
  own: Readonly<Record<string, string>>,
  streamInfo: StreamInfo,
): RequestHeaders {
  const headers = newRequestHeaders('POST', service.path, service.authority)
  for (const [name, value] of Object.entries(own)) headers.set(name, value)
  const context = mutationContext(undefined, undefined, streamInfo)
  for (const { name, value } of service.headers) headers.set(name, value.format(context))
  return headers
}
