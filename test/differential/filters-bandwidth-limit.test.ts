/* envoy.filters.http.bandwidth_limit: what passes at which rate, what is told of it in trailers, and what is counted. */
import { routeTo } from '../support/configs.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, exchange, filterEntry, perFilter } from './support/filter-case.ts'
import type { Side } from './support/side.ts'

const TYPE = 'bandwidth_limit.v3.BandwidthLimit'
const STATS = /http_bandwidth_limit/
const KIB = 'k'.repeat(1024)

const limit = (fields: object): object => filterEntry('bandwidth_limit', TYPE, { stat_prefix: 'bw', ...fields })
const own = (fields: object): object => perFilter('bandwidth_limit', TYPE, { stat_prefix: 'route', ...fields })
const ordered = (body: string, more = ''): string => `x-do: body=${body}${more}`

/** Seconds that a request takes, in whole ones: limits below make them far apart. */
async function timed(side: Side, row: RequestRow): Promise<void> {
  const begun = performance.now()
  await exchange(side, row)
  side.note(`${row[0]}: seconds`, Math.floor((performance.now() - begun) / 1000))
}

const WAYS: Readonly<Record<string, object>> = {
  'disabled unless told': { limit_kbps: 1 },
  requests: { limit_kbps: 1, enable_mode: 'REQUEST' },
  responses: { limit_kbps: 1, enable_mode: 'RESPONSE' },
  'both, with one bucket': { limit_kbps: 2, enable_mode: 'REQUEST_AND_RESPONSE' },
  'none by runtime': {
    limit_kbps: 1,
    enable_mode: 'REQUEST_AND_RESPONSE',
    runtime_enabled: { default_value: false, runtime_key: 'bw' },
  },
  'without a limit that is in the way': {
    limit_kbps: 1000,
    enable_mode: 'REQUEST_AND_RESPONSE',
    fill_interval: '0.1s',
  },
}

for (const [name, fields] of Object.entries(WAYS)) {
  differentialFilters(`bandwidth_limit: ${name}`, {
    filters: [limit(fields)],
    requests: [['no body', 'HEAD /']],
    lines: 4,
    log: '%REQ(:METHOD)% %RESPONSE_CODE% %RESPONSE_FLAGS% rx=%BYTES_RECEIVED% tx=%BYTES_SENT%',
    stats: STATS,
    volatile: /(?:allowed_size|incoming_size|enforced)$/,
    afterwards: async (side) => {
      await Bun.sleep(1100) // until the bucket is full
      await timed(side, ['response', 'GET /', [ordered(KIB + KIB + KIB)]])
      await Bun.sleep(1100)
      await timed(side, ['request', 'POST /', [ordered('x')], KIB + KIB + KIB])
      await timed(side, [
        'chunked',
        'POST /',
        [ordered('x', ';chunked'), 'transfer-encoding: chunked'],
        '1\r\na\r\n0\r\n\r\n',
      ])
    },
  })
}

differentialFilters('bandwidth_limit: routes', {
  filters: [limit({})],
  routes: [
    { ...routeTo('app', '/slow'), ...own({ limit_kbps: 1, enable_mode: 'RESPONSE' }) },
    { ...routeTo('app', '/same'), ...own({ limit_kbps: 1, enable_mode: 'RESPONSE' }) },
    { ...routeTo('app', '/off'), ...own({ limit_kbps: 1 }) },
    routeTo('app'),
  ],
  requests: [],
  stats: STATS,
  volatile: /(?:allowed_size|incoming_size|enforced)$/,
  afterwards: async (side) => {
    await Bun.sleep(1100) // until the buckets are full
    for (const path of ['/slow', '/same', '/off', '/']) {
      await timed(side, [path, `GET ${path}`, [ordered(KIB + KIB + KIB)]])
    }
  },
})

for (const [name, fields] of Object.entries({
  'under their names': {},
  'with a prefix': { response_trailer_prefix: 'X-Bw' },
  'not asked for': { enable_response_trailers: false },
})) {
  differentialFilters(`bandwidth_limit: trailers of delays ${name}`, {
    filters: [limit({ limit_kbps: 1, enable_mode: 'REQUEST_AND_RESPONSE', enable_response_trailers: true, ...fields })],
    manager: { http_protocol_options: { enable_trailers: true } },
    requests: [],
    afterwards: async (side) => {
      const one = async (label: string, line: string, order: string, body: string): Promise<void> => {
        using client = await side.connect('front')
        const length = body === '' ? '' : `content-length: ${body.length}\r\n`
        client.write(
          `${line} HTTP/1.1\r\nhost: a\r\nte: trailers\r\nconnection: close\r\n${length}${order}\r\n\r\n${body}`,
        )
        await client.closed(8000)
        const [head = '', ...rest] = client.received().split('\r\n\r\n')
        const [, trailers = ''] = /\r\n0\r\n(.*)$/s.exec(rest.join('\r\n\r\n')) ?? []
        side.note(label, [
          /transfer-encoding|content-length: \d+/.exec(head)?.[0],
          trailers.split('\r\n').map((each) => each.replace(/\d+$/, (ms) => `<${ms.length} digits>`)),
        ])
      }
      await Bun.sleep(1100) // until the bucket is full
      const half = 'h'.repeat(512)
      await one('both', 'POST /', ordered(KIB + half, ';chunked'), KIB + half)
      await one('response', 'GET /', ordered(KIB + KIB, ';chunked'), '')
      await one('with a length', 'GET /', ordered(KIB + KIB), '')
      await one('nothing', 'GET /', 'x-do: status=204', '')
    },
  })
}
