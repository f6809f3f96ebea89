/** Inputs of HTTP trees: headers, trailers, query, status, metadata, attributes, and those of the connection. */
import type { Reader } from '../../../api/config.ts'
import type { HeaderMap } from '../../../api/headers.ts'
import { toWireText } from '../../../base/wire-text.ts'
import { valueAtPath } from '../metadata-matcher.ts'
import { CONNECTION_INPUTS } from './connection-inputs.ts'
import type { DataInput, DataInputReader, DataInputTable } from './data-input.ts'
import { plainInput } from './data-input.ts'
import type { InputText } from './data-input.ts'
import type { MatchingData } from './match-tree.ts'

const TYPE = 'envoy.type.matcher.v3'

export const HTTP_INPUTS: DataInputTable = {
  ...CONNECTION_INPUTS,
  [`${TYPE}.HttpRequestHeaderMatchInput`]: headerInput(({ request }) => request),
  [`${TYPE}.HttpRequestTrailerMatchInput`]: headerInput(({ requestTrailers }) => requestTrailers),
  [`${TYPE}.HttpResponseHeaderMatchInput`]: headerInput(({ response }) => response),
  [`${TYPE}.HttpResponseTrailerMatchInput`]: headerInput(({ responseTrailers }) => responseTrailers),
  [`${TYPE}.HttpRequestQueryParamMatchInput`]: readQueryParameter,
  [`${TYPE}.HttpResponseStatusCodeMatchInput`]: plainInput(({ response }) =>
    response === undefined ? null : `${response.status}`,
  ),
  [`${TYPE}.HttpResponseStatusCodeClassMatchInput`]: plainInput(({ response }) =>
    response === undefined ? null : statusClass(response.status),
  ),
  [`${TYPE}.HttpResponseLocalReplyMatchInput`]: plainInput(({ response, streamInfo }) =>
    response === undefined ? null : `${streamInfo.answeredLocally === true}`,
  ),
  'envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput': readDynamicMetadata,
  'xds.type.matcher.v3.HttpAttributesCelMatchInput': () => ({ kind: 'attributes' }),
}

/** All lines of the header, with commas between. */
function headerInput(mapOf: (data: MatchingData) => HeaderMap | undefined): DataInputReader {
  return (reader) => {
    const name = reader.string('header_name').toLowerCase()
    const get = (data: MatchingData): InputText => {
      const map = mapOf(data)
      if (map === undefined) return null
      const first = map.get(name)
      if (first === undefined) return undefined
      const all = map.getAll(name)
      return all.length < 2 ? first : all.join(',')
    }
    return { kind: 'text', get }
  }
}

function statusClass(status: number): string | undefined {
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : undefined
}

/** The first of its name; names and values are percent-decoded. */
function readQueryParameter(reader: Reader): DataInput {
  const name = toWireText(reader.string('query_param'))
  const get = ({ request }: MatchingData): InputText =>
    request === undefined ? null : firstParameter(request.path, name)
  return { kind: 'text', get }
}

function firstParameter(path: string, name: string): string | undefined {
  const start = path.indexOf('?')
  if (start < 0) return undefined
  const fragment = path.indexOf('#', start)
  for (const part of path.slice(start + 1, fragment < 0 ? undefined : fragment).split('&')) {
    const equals = part.indexOf('=')
    const found = equals < 0 ? part : part.slice(0, equals)
    if (percentDecoded(found) === name) return equals < 0 ? '' : percentDecoded(part.slice(equals + 1))
  }
  return undefined
}

/** Of wire text: `%41` is a byte; what is no escape stays. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function readDynamicMetadata(reader: Reader): DataInput {
  const filter = reader.string('filter')
  const path = reader.messages('path', (segment) => segment.string('key'))
  return {
    kind: 'metadata',
    get: ({ streamInfo }) => valueAtPath(streamInfo.dynamicMetadata?.get(filter), path),
  }
}
