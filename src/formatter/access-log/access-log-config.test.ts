/* Filters and loggers as configured; where a filter lets something through, the real Envoy did the same. */
import { describe, expect, test } from 'bun:test'
import type { AccessLogFiles } from '../../api/access-log.ts'
import type { Json } from '../../api/config.ts'
import type { FactoryContext } from '../../api/extension.ts'
import { createParseContext } from '../../config/parse-context.ts'
import { parseMessage } from '../../config/parse-message.ts'
import { parseRoot } from '../../config/parse-root.ts'
import { extension as fileLogger } from '../../extensions/access_loggers/file/extension.ts'
import { extensions as streamLoggers } from '../../extensions/access_loggers/stream/extension.ts'
import { ExtensionRegistry } from '../../registry/extension-registry.ts'
import { exampleStream } from '../example-stream.test.ts'
import { createAccessLoggers, readAccessLogs } from './access-log-config.ts'

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const FILE = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog'
const STDOUT = 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog'

class MemoryFiles implements AccessLogFiles {
  readonly written = new Map<string, string>()

  open(path: string) {
    if (path.startsWith('/nonexistent')) return { error: `unable to open file '${path}': No such file or directory` }
    return { write: (line: string) => void this.written.set(path, (this.written.get(path) ?? '') + line) }
  }
}

const files = new MemoryFiles()

function readLogs(accessLog: readonly Json[]) {
  const message = parseMessage(HCM, {
    stat_prefix: 'in',
    route_config: {},
    http_filters: [],
    access_log: accessLog,
  })
  if (!message.ok) return { errors: message.errors.map((error) => error.message) }
  const registry = new ExtensionRegistry([fileLogger, ...streamLoggers])
  const context = createParseContext(registry, { clusterNames: undefined, accessLogFiles: files })
  const parsed = parseRoot(HCM, message.value, {}, (reader) => {
    for (const field of ['stat_prefix', 'route_config']) reader.raw(field)
    return readAccessLogs(reader, 'access_log', context)
  })
  return parsed.ok ? { configs: parsed.value } : { errors: parsed.errors.map((error) => error.message) }
}

interface Surroundings {
  readonly runtime?: Readonly<Record<string, number>>
  readonly random?: number
}

function factoryContext({ runtime = {}, random = 0 }: Surroundings): FactoryContext {
  const parts = {
    accessLogFiles: files,
    random: { u32: () => random, float: () => 0, uuid: () => '' },
    runtime: {
      current: {
        integer: (key: string, fallback: number) => runtime[key] ?? fallback,
        fractionEnabled: (key: string, fallback: { numerator: number; denominator: number }, value: number) =>
          value % fallback.denominator < (runtime[key] ?? fallback.numerator),
      },
    },
  }
  // Loggers and filters use nothing else.
  return parts as unknown as FactoryContext
}

type Change = (stream: ReturnType<typeof exampleStream>) => void

/** Whether a record gets past `filter`. */
function passes(filter: Json, change: Change = () => {}, surroundings: Surroundings = {}): boolean {
  const { configs, errors } = readLogs([
    {
      name: 'f',
      filter,
      typed_config: { '@type': FILE, path: '/log', log_format: { text_format_source: { inline_string: 'x' } } },
    },
  ])
  if (configs === undefined) throw new Error(errors.join('; '))
  const [logger] = createAccessLoggers(configs, factoryContext(surroundings))
  const stream = exampleStream()
  change(stream)
  files.written.clear()
  logger!.log(stream.context)
  return files.written.get('/log') === 'x'
}

const comparison = (op: string, value: number, key = 'k') => ({
  comparison: { op, value: { default_value: value, runtime_key: key } },
})
const status =
  (code: number): Change =>
  ({ info }) => {
    info.responseCode = code
  }

describe('filters', () => {
  test('status code', () => {
    expect(passes({ status_code_filter: comparison('GE', 500) }, status(503))).toBe(true)
    expect(passes({ status_code_filter: comparison('GE', 500) })).toBe(false)
    expect(passes({ status_code_filter: comparison('EQ', 200, '') })).toBe(true)
    expect(passes({ status_code_filter: comparison('NE', 200) })).toBe(false)
    expect(passes({ status_code_filter: comparison('LE', 200) }, status(0))).toBe(true)
    expect(passes({ status_code_filter: comparison('GE', 500) }, undefined, { runtime: { k: 200 } })).toBe(true)
  })

  test('duration', () => {
    expect(passes({ duration_filter: comparison('EQ', 21) })).toBe(true)
    expect(passes({ duration_filter: comparison('LE', 5) })).toBe(false)
  })

  test('health checks, tracing', () => {
    const healthCheck: Change = ({ info }) => {
      info.healthCheck = true
    }
    expect(passes({ not_health_check_filter: {} })).toBe(true)
    expect(passes({ not_health_check_filter: {} }, healthCheck)).toBe(false)
    expect(passes({ traceable_filter: {} })).toBe(false)
  })

  test('runtime: the share is taken of the request id, unless it is to be independent', () => {
    const id =
      (requestId: string | undefined): Change =>
      ({ info }) => {
        info.requestId = requestId
      }
    const half = { runtime_key: 'r', percent_sampled: { numerator: 50 } }
    expect(passes({ runtime_filter: { runtime_key: 'r' } })).toBe(false)
    expect(passes({ runtime_filter: half }, id('00000031-89ab-4def-8123-456789abcdef'), { random: 99 })).toBe(true)
    expect(passes({ runtime_filter: half }, id('00000032-89ab-4def-8123-456789abcdef'))).toBe(false)
    expect(passes({ runtime_filter: half }, id('zz'), { random: 149 })).toBe(true)
    const independent = { ...half, use_independent_randomness: true }
    expect(passes({ runtime_filter: independent }, id('00000031-89ab-4def-8123-456789abcdef'), { random: 99 })).toBe(
      false,
    )
  })

  test('header, also where there is no request', () => {
    const header = { header_filter: { header: { name: 'x-two', string_match: { exact: '2' } } } }
    expect(passes(header)).toBe(true)
    expect(passes(header, ({ context }) => void (context.request = undefined))).toBe(false)
  })

  test('response flags', () => {
    const flagged: Change = ({ info }) => info.setFlag('UF')
    expect(passes({ response_flag_filter: {} })).toBe(false)
    expect(passes({ response_flag_filter: {} }, flagged)).toBe(true)
    expect(passes({ response_flag_filter: { flags: ['UH', 'UF'] } }, flagged)).toBe(true)
    expect(passes({ response_flag_filter: { flags: ['NR'] } }, flagged)).toBe(false)
  })

  test('gRPC status, also of plain HTTP', () => {
    expect(passes({ grpc_status_filter: { statuses: ['UNAVAILABLE'] } }, status(503))).toBe(true)
    expect(passes({ grpc_status_filter: { statuses: ['UNKNOWN'] } })).toBe(true)
    expect(passes({ grpc_status_filter: { statuses: ['UNKNOWN'] } }, status(0))).toBe(true)
    expect(passes({ grpc_status_filter: { statuses: ['OK'], exclude: true } })).toBe(true)
    expect(passes({ grpc_status_filter: {} })).toBe(false)
    const canceled: Change = ({ context }) => context.response!.add('grpc-status', '1')
    expect(passes({ grpc_status_filter: { statuses: ['CANCELED'] } }, canceled)).toBe(true)
  })

  test('metadata', () => {
    const matcher = { filter: 'a', path: [{ key: 'b' }], value: { string_match: { exact: 'x' } } }
    const set =
      (value: unknown): Change =>
      ({ info }) =>
        info.setDynamicMetadata('a', { b: value })
    expect(passes({ metadata_filter: {} })).toBe(true)
    expect(passes({ metadata_filter: { matcher } })).toBe(true)
    expect(passes({ metadata_filter: { matcher, match_if_key_not_found: false } })).toBe(false)
    expect(passes({ metadata_filter: { matcher, match_if_key_not_found: false } }, set('x'))).toBe(true)
    expect(passes({ metadata_filter: { matcher } }, set('y'))).toBe(false)
    const list = { ...matcher, value: { list_match: { one_of: { double_match: { range: { start: 1, end: 3 } } } } } }
    expect(passes({ metadata_filter: { matcher: list } }, set([5, 2]))).toBe(true)
    expect(passes({ metadata_filter: { matcher: list } }, set([5]))).toBe(false)
  })

  test('log type', () => {
    expect(passes({ log_type_filter: { types: ['DownstreamEnd'] } })).toBe(true)
    expect(passes({ log_type_filter: { types: ['DownstreamStart'] } })).toBe(false)
    expect(passes({ log_type_filter: { types: ['DownstreamStart'], exclude: true } })).toBe(true)
    expect(passes({ log_type_filter: {} })).toBe(false)
  })

  test('and, or', () => {
    const filters = [{ traceable_filter: {} }, { not_health_check_filter: {} }]
    expect(passes({ and_filter: { filters } })).toBe(false)
    expect(passes({ or_filter: { filters } })).toBe(true)
  })

  test('an extension that is not there is refused', () => {
    const filter = {
      extension_filter: { name: 'foo', typed_config: { '@type': 'type.googleapis.com/google.protobuf.Empty' } },
    }
    const { errors } = readLogs([{ name: 'f', filter, typed_config: { '@type': FILE, path: '/log' } }])
    expect(errors).toEqual(["Didn't find a registered implementation for 'foo' with type URL: 'google.protobuf.Empty'"])
  })
})

describe('loggers', () => {
  const written = (typedConfig: Json): string => {
    const { configs, errors } = readLogs([{ name: 'l', typed_config: typedConfig }])
    if (configs === undefined) return errors.join('; ')
    files.written.clear()
    createAccessLoggers(configs, factoryContext({}))[0]!.log(exampleStream().context)
    return [...files.written].map(([path, text]) => `${path}: ${text}`).join('')
  }

  test('file: the default format, the older fields, log_format', () => {
    expect(written({ '@type': FILE, path: '/a' })).toContain(
      '/a: [2026-11-23T13:36:14.750Z] "POST /p/a?a=1&b=2 HTTP/1.1" 200 - 3 2 21',
    )
    expect(written({ '@type': FILE, path: '/a', format: '%PROTOCOL%|' })).toBe('/a: HTTP/1.1|')
    expect(written({ '@type': FILE, path: '/a', format: '' })).toContain('"POST /p/a')
    expect(written({ '@type': FILE, path: '/a', json_format: { b: '%REQ(n)%', a: '%RESPONSE_CODE%' } })).toBe(
      '/a: {"a":200,"b":null}\n',
    )
    expect(written({ '@type': FILE, path: '/a', typed_json_format: { a: '%RESPONSE_CODE%' } })).toBe('/a: {"a":200}\n')
    expect(written({ '@type': FILE, path: '/a', log_format: { text_format: 'x' } })).toBe('/a: x')
  })

  test('stdout', () => {
    const format = { text_format_source: { inline_string: '[%REQ(n)%]%RESPONSE_FLAGS%\n' }, omit_empty_values: true }
    expect(written({ '@type': STDOUT, log_format: format })).toBe('/dev/stdout: []-\n')
    expect(written({ '@type': STDOUT })).toContain('/dev/stdout: [2026-')
  })

  test('formatter extensions', () => {
    const extension = (name: string, type: string) => ({
      name,
      typed_config: { '@type': `type.googleapis.com/envoy.extensions.formatter.${type}` },
    })
    const source = { inline_string: '%REQ_WITHOUT_QUERY(:PATH)% %REQ_WITHOUT_QUERY(n?:PATH):3% %REQ_WITHOUT_QUERY%' }
    const formatters = [extension('q', 'req_without_query.v3.ReqWithoutQuery'), extension('m', 'metadata.v3.Metadata')]
    expect(written({ '@type': STDOUT, log_format: { text_format_source: source, formatters } })).toBe(
      '/dev/stdout: /p/a /p/ -',
    )
    expect(written({ '@type': STDOUT, log_format: { text_format_source: source } })).toBe(
      'Not supported field in StreamInfo: REQ_WITHOUT_QUERY',
    )
    const concat = { text_format_source: { inline_string: "%CEL('a' + request.method)%" } }
    const cel = extension('c', 'cel.v3.Cel')
    expect(written({ '@type': STDOUT, log_format: { ...concat, formatters: [cel] } })).toBe('/dev/stdout: -')
    const typed = { ...cel.typed_config, cel_config: { enable_string_concat: true } }
    const enabled = { ...concat, formatters: [{ ...cel, typed_config: typed }] }
    expect(written({ '@type': STDOUT, log_format: enabled })).toBe('/dev/stdout: aPOST')
    const foreign = { name: 'foo', typed_config: { '@type': 'type.googleapis.com/google.protobuf.Empty' } }
    expect(
      written({ '@type': STDOUT, log_format: { text_format_source: { inline_string: 'x' }, formatters: [foreign] } }),
    ).toBe('Formatter not found: foo')
  })

  test('what cannot work is refused', () => {
    expect(written({ '@type': FILE, path: '/nonexistent/x' })).toBe(
      "unable to open file '/nonexistent/x': No such file or directory",
    )
    expect(written({ '@type': FILE, path: '/a', log_format: { json_format: { a: '50%' } } })).toBe(
      "Incorrect configuration: 50%. Couldn't find valid command at position 2",
    )
    expect(
      written({ '@type': FILE, path: '/a', log_format: { text_format_source: { inline_string: '%NOPE%' } } }),
    ).toBe('Not supported field in StreamInfo: NOPE')
  })
})
