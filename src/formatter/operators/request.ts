/** What is taken from the request beside its header lines. */
import type { FormatterContext } from '../../api/access-log.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import { toWireText } from '../../base/wire-text.ts'
import type { CompiledOperator, OperatorKind, OperatorTable } from '../operator.ts'
import { nameOperator, textOperator } from '../operator.ts'
import { queryOf, readableQuery, queryParameter, withoutQuery } from './path-query.ts'

type Text = (context: FormatterContext) => string | undefined

const path: Text = ({ request }) => request?.get(':path')
const originalPath: Text = ({ request }) => request?.get('x-envoy-original-path')
/** As far as the stream itself knows it, which is not at all where it was refused at once. */
function ofStream({ request, streamInfo }: FormatterContext): RequestHeaders | undefined {
  return streamInfo.refusedAtOnce === true ? undefined : request
}

const host: Text = (context) => ofStream(context)?.authority
const originalHost: Text = (context) => ofStream(context)?.get('x-envoy-original-host')

/** %PATH(WQ|NQ:ORIG|PATH|ORIG_OR_PATH)%; further parts are not looked at. */
function compilePath(parameter: string): CompiledOperator {
  const [query = '', which = ''] = parameter.split(':')
  if (!['', 'WQ', 'NQ'].includes(query)) return badOption('PATH', query, ['WQ', 'NQ'])
  const source = pathSource(which)
  if (source === undefined) return badOption('PATH', which, ['ORIG', 'PATH', 'ORIG_OR_PATH'])
  if (query !== 'NQ') return { text: source }
  return {
    text: (context) => {
      const whole = source(context)
      return whole === undefined ? undefined : withoutQuery(whole)
    },
  }
}

function pathSource(which: string): Text | undefined {
  switch (which) {
    case 'ORIG':
      return originalPath
    case 'PATH':
      return path
    case '':
    case 'ORIG_OR_PATH':
      return (context) => originalPath(context) ?? path(context)
    default:
      return undefined
  }
}

/** %REQUESTED_SERVER_NAME(SNI_ONLY|SNI_FIRST|HOST_FIRST:ORIG_OR_HOST|HOST|ORIG)%. */
function compileServerName(parameter: string): CompiledOperator {
  const [order = '', which = ''] = parameter.split(':')
  if (!['', 'SNI_ONLY', 'SNI_FIRST', 'HOST_FIRST'].includes(order)) {
    return badOption('REQUESTED_SERVER_NAME', order, ['SNI_ONLY', 'SNI_FIRST', 'HOST_FIRST'])
  }
  const source = hostSource(which)
  if (source === undefined) return badOption('REQUESTED_SERVER_NAME', which, ['ORIG_OR_HOST', 'HOST', 'ORIG'])
  switch (order) {
    case 'SNI_FIRST':
      return { text: (context) => sni(context) ?? source(context) }
    case 'HOST_FIRST':
      return { text: (context) => source(context) ?? sni(context) }
    default:
      return { text: sni }
  }
}

function hostSource(which: string): Text | undefined {
  switch (which) {
    case 'HOST':
      return host
    case 'ORIG':
      return originalHost
    case '':
    case 'ORIG_OR_HOST':
      return (context) => originalHost(context) ?? host(context)
    default:
      return undefined
  }
}

function sni({ streamInfo }: FormatterContext): string | undefined {
  const name = streamInfo.connection.requestedServerName
  if (name === '') return undefined
  return UNUSUAL_IN_HOST.test(name) ? `invalid:${name.replace(UNUSUAL_IN_HOST_GLOBAL, '_')}` : name
}

/** The client may write what it likes; a log shows host names. */
const UNUSUAL_IN_HOST = /[^0-9A-Za-z.-]/
const UNUSUAL_IN_HOST_GLOBAL = /[^0-9A-Za-z.-]/g

function badOption(operator: string, option: string, allowed: readonly string[]): CompiledOperator {
  const names = allowed.map((name) => `'${name}'`).join('/')
  return { error: `Invalid ${operator} option: '${option}', only ${names} are allowed` }
}

function compileQuery(parameter: string): CompiledOperator {
  const query: Text = (context) => queryOf(path(context) ?? '')
  switch (parameter) {
    case '':
    case 'ORIG':
      return { text: query }
    case 'DECODED':
      return {
        text: (context) => {
          const text = query(context)
          return text === undefined ? undefined : readableQuery(text)
        },
      }
    default:
      return badOption('QUERY_PARAMS', parameter, ['ORIG', 'DECODED'])
  }
}

function withOptions(truncates: boolean, compile: (parameter: string) => CompiledOperator): OperatorKind {
  return { parameters: 'optional', truncates, compile }
}

export const REQUEST_OPERATORS: OperatorTable = {
  PATH: withOptions(true, compilePath),
  QUERY_PARAM: {
    parameters: 'required',
    truncates: true,
    compile: (parameter) => {
      const name = toWireText(parameter)
      return {
        text: (context) => {
          const whole = path(context)
          return whole === undefined ? undefined : queryParameter(whole, name)
        },
      }
    },
  },
  QUERY_PARAMS: withOptions(true, compileQuery),
  REQUESTED_SERVER_NAME: withOptions(false, compileServerName),
  STREAM_ID: nameOperator(({ streamInfo }) => streamInfo.requestId),
  UNIQUE_ID: textOperator(() => crypto.randomUUID()),
  TRACE_ID: textOperator(({ streamInfo }) => streamInfo.span?.traceId || undefined),
  SPAN_ID: textOperator(({ streamInfo }) => streamInfo.span?.spanId || undefined),
}
