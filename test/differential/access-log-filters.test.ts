/* Which records each access log filter lets through, over requests that end in many ways. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const LINE = textFormat('%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS%')
const compare = (op: string, value: number, key = 'log.unset'): object => ({
  comparison: { op, value: { default_value: value, runtime_key: key } },
})
const status = (op: string, value: number, key?: string): object => ({ status_code_filter: compare(op, value, key) })
const duration = (op: string, value: number, key?: string): object => ({ duration_filter: compare(op, value, key) })
const header = (matcher: object): object => ({ header_filter: { header: matcher } })
const sampled = (numerator: number, denominator = 'HUNDRED', more: object = {}): object => ({
  runtime_filter: { runtime_key: 'log.unset', percent_sampled: { numerator, denominator }, ...more },
})
const metadata = (more: object): object => ({ metadata_filter: more })

const FILTERS: Readonly<Record<string, object>> = {
  'status eq': status('EQ', 200),
  'status ne': status('NE', 200),
  'status ge': status('GE', 500),
  'status le': status('LE', 404),
  'status eq 0': status('EQ', 0),
  'status by runtime': status('GE', 200, 'log.status'),
  'status by a runtime value that is no number': status('GE', 404, 'log.word'),
  'duration ge': duration('GE', 150),
  'duration le': duration('LE', 150),
  'duration ne': duration('NE', 100_000),
  'duration by runtime': duration('GE', 0, 'log.duration'),
  'not health check': { not_health_check_filter: {} },
  traceable: { traceable_filter: {} },
  'runtime 0': sampled(0),
  'runtime 100': sampled(100),
  'runtime half': sampled(50),
  'runtime ten thousand': sampled(5000, 'TEN_THOUSAND'),
  'runtime million': sampled(500_000, 'MILLION'),
  'runtime without a share': { runtime_filter: { runtime_key: 'log.unset' } },
  'runtime by runtime': { runtime_filter: { runtime_key: 'log.share' } },
  'runtime by a fraction of the runtime': { runtime_filter: { runtime_key: 'log.fraction' } },
  'runtime independent': sampled(100, 'HUNDRED', { use_independent_randomness: true }),
  and: { and_filter: { filters: [status('GE', 400), status('LE', 499)] } },
  or: { or_filter: { filters: [status('EQ', 404), header({ name: 'x-kind', present_match: true })] } },
  nested: {
    and_filter: {
      filters: [{ or_filter: { filters: [status('EQ', 200), status('EQ', 503)] } }, status('NE', 503)],
    },
  },
  'header present': header({ name: 'x-kind', present_match: true }),
  'header absent': header({ name: 'x-kind', present_match: true, invert_match: true }),
  'header exact': header({ name: 'x-kind', string_match: { exact: 'a' } }),
  'header not exact': header({ name: 'x-kind', string_match: { exact: 'a' }, invert_match: true }),
  'header missing as empty': header({
    name: 'x-kind',
    string_match: { exact: 'a' },
    invert_match: true,
    treat_missing_header_as_empty: true,
  }),
  'header path': header({ name: ':path', string_match: { prefix: '/s' } }),
  'an empty exact match': header({ name: 'x-number', exact_match: '' }),
  'header range': header({ name: 'x-number', range_match: { start: 1, end: 10 } }),
  'flags any': { response_flag_filter: {} },
  'flags some': { response_flag_filter: { flags: ['UF', 'NR'] } },
  'flags that do not come': { response_flag_filter: { flags: ['DF'] } },
  'grpc ok': { grpc_status_filter: { statuses: ['OK'] } },
  'grpc unavailable': { grpc_status_filter: { statuses: ['UNAVAILABLE'] } },
  'grpc not found': { grpc_status_filter: { statuses: ['NOT_FOUND', 'UNIMPLEMENTED'] } },
  'grpc unknown': { grpc_status_filter: { statuses: ['UNKNOWN'] } },
  'grpc all but': { grpc_status_filter: { statuses: ['UNAVAILABLE', 'CANCELED'], exclude: true } },
  'grpc none named': { grpc_status_filter: {} },
  'grpc all but none': { grpc_status_filter: { exclude: true } },
  'metadata not there': metadata({
    matcher: { filter: 'a', path: [{ key: 'b' }], value: { string_match: { exact: 'c' } } },
  }),
  'metadata not there, no match': metadata({
    matcher: { filter: 'a', path: [{ key: 'b' }], value: { present_match: true } },
    match_if_key_not_found: false,
  }),
  'metadata not there, inverted': metadata({
    matcher: { filter: 'a', path: [{ key: 'b' }], value: { present_match: true }, invert: true },
    match_if_key_not_found: false,
  }),
  'metadata without a matcher': metadata({}),
  'type end': { log_type_filter: { types: ['DownstreamEnd'] } },
  'type start': { log_type_filter: { types: ['DownstreamStart', 'DownstreamPeriodic'] } },
  'type all but end': { log_type_filter: { types: ['DownstreamEnd'], exclude: true } },
  'type none named': { log_type_filter: {} },
}

const fileOf = (name: string): string => `${name.replaceAll(' ', '-')}.log`

const LOGS = [
  fileLog('all.log', LINE),
  ...Object.entries(FILTERS).map(([name, filter]) => fileLog(fileOf(name), LINE, { filter })),
]

const IDS = ['00000000', '31ffffff', '80000031', '7fffffff', '0000004f', '00001387', '00001388', 'ffffffff']

async function traffic(side: Side): Promise<void> {
  await side.request('fine', 'front', 'GET /fine', 'x-kind: a', 'x-number: 5')
  await side.request('other kind', 'front', 'GET /kind', 'x-kind: b', 'x-number: 10')
  await side.request('several', 'front', 'GET /several', 'x-kind: b', 'x-kind: a', 'x-number: nine')
  await side.request('empty', 'front', 'GET /empty', 'x-kind:')
  await side.request('slow', 'front', 'GET /slow', 'x-do: delay=250')
  for (const code of [201, 301, 404, 429, 500, 503]) {
    await side.request(`status ${code}`, 'front', `GET /s${code}`, `x-do: status=${code}`)
  }
  for (const [index, id] of IDS.entries()) {
    await side.request(`id ${index}`, 'front', `GET /id${index}`, `x-request-id: ${id}-0000-4000-8000-000000000000`)
  }
  await side.request('id that is none', 'front', 'GET /id-none', 'x-request-id: abc')
  for (const code of [0, 5, 12, 14, 99]) {
    const grpc = [`x-do: header=grpc-status:${code}`, 'content-type: application/grpc']
    await side.request(`grpc ${code}`, 'front', `POST /g${code}`, ...grpc)
  }
  await side.request('no status number', 'front', 'GET /word', 'x-do: header=grpc-status:word')
  await side.request('no cluster to connect to', 'front', 'GET /dead')
  await side.request('direct', 'front', 'GET /direct')
  await side.send('no such method', 'front', 'NOPE / HTTP/1.1\r\n\r\n', true)
  await side.send('no host', 'front', 'GET /nohost HTTP/1.1\r\n\r\n', true)
  using client = await side.connect('front')
  client.write('GET /gone HTTP/1.1\r\nHost: a\r\nx-do: hang\r\n\r\n')
  await Bun.sleep(200)
  client.destroy()
  await side.noteLog('all.log', 30)
  // A request without an identifier that is one is taken or left by chance.
  const ofIdentifier = (line: string): boolean => /^\/id\d/.test(line)
  for (const name of Object.keys(FILTERS)) {
    side.noteFile(fileOf(name), /^runtime (?!0|100|indep)/.test(name) ? ofIdentifier : undefined)
  }
}

differential('access log filters', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [direct('/direct', 'hello'), routeTo('dead', '/dead'), routeTo('app')],
          extra: { delayed_close_timeout: '0.1s', access_log: LOGS },
        }),
      ],
      clusters: [staticCluster('app', [port('app')]), staticCluster('dead', [1])],
    },
    layered_runtime: {
      layers: [
        {
          name: 'static',
          static_layer: {
            'log.status': 500,
            'log.word': 'abc',
            'log.duration': 150,
            'log.share': 50,
            'log.fraction': { numerator: 50, denominator: 'TEN_THOUSAND' },
          },
        },
      ],
    },
  }),
  traffic,
})
