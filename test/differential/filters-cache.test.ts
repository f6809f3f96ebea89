/*
 * envoy.filters.http.cache with its store in memory. Two things cannot stand here, as Envoy does not survive them: a response
 * that varies by an allowed header ends the process, and a range that stops before the end of the body never ends its stream.
 */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import type { FilterCase, RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry } from './support/filter-case.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const STORE = 'type.googleapis.com/envoy.extensions.http.cache.simple_http_cache.v3.SimpleHttpCacheConfig'
const DATE = `date: ${new Date().toUTCString()}`
/** Further away than a run is long. */
const AGO = `date: ${new Date(Date.now() - 600_000).toUTCString()}`
const SOON = new Date(Date.now() + 3_600_000)

function cache(fields: object = {}): object {
  return filterEntry('cache', 'cache.v3.CacheConfig', { typed_config: { '@type': STORE }, ...fields })
}

type Row = readonly [name: string, line: string, order?: string | undefined, headers?: readonly string[], body?: string]

/** One after the other, each on a connection of its own. Ages of seconds are those of the run. */
async function play(side: Side, rows: readonly Row[]): Promise<void> {
  for (const [name, line, order, headers = [], body] of rows) {
    const host = headers.some((each) => each.startsWith('host:')) ? [] : ['host: a.test']
    const does = order === undefined ? [] : [`x-do: ${order}`]
    const length = body === undefined ? [] : [`content-length: ${body.length}`]
    const head = [`${line} HTTP/1.1`, ...host, ...does, ...headers, ...length].join('\r\n')
    const replies = await side.exchange('front', `${head}\r\n\r\n${body ?? ''}`)
    side.note(
      name,
      replies.map((reply) => ({
        ...reply,
        headers: reply.headers.map((each) => each.replace(/^age: \d\d?$/, 'age: new')),
      })),
    )
  }
}

const NONE: readonly RequestRow[] = []

function differentialCache(name: string, rows: readonly Row[], more: Partial<FilterCase> = {}): void {
  differentialFilters(`cache: ${name}`, {
    filters: [cache()],
    requests: NONE,
    log: OUTCOME,
    lines: rows.length,
    stats: /^http\.async-client\.(?:rq_total|no_route|no_cluster)$|^cluster\.app\.internal\.upstream_rq/,
    ...more,
    afterwards: async (side) => {
      await play(side, rows)
      side.note('seen at last', side.seenBy('app'))
    },
  })
}

const fresh = (...more: readonly string[]): string =>
  `fields=${['cache-control: max-age=1000', DATE, ...more].join('|')}`

differentialCache('which requests are looked up', [
  ['first', 'GET /a?b=1', `body=one;${fresh()}`],
  ['again', 'GET /a?b=1'],
  ['HEAD', 'HEAD /a?b=1'],
  ['a HEAD that is the first', 'HEAD /head', fresh()],
  ['is not stored', 'GET /head', 'body=get'],
  ['another query', 'GET /a?b=2'],
  ['another host', 'GET /a?b=1', 'body=other', ['host: b.test']],
  ['a host in capitals', 'GET /a?b=1', 'body=capitals', ['host: A.test']],
  ['another scheme', 'GET /a?b=1', 'body=secure', ['x-forwarded-proto: https']],
  ['POST', 'POST /a?b=1', undefined, [], 'x'],
  ['POST without a body', 'POST /a?b=1'],
  ['OPTIONS', 'OPTIONS /a?b=1'],
  ['GET with a body', 'GET /a?b=1', undefined, [], 'x'],
  ...['authorization', 'if-none-match', 'if-modified-since', 'if-range', 'if-match', 'if-unmodified-since'].map(
    (name): Row => [name, 'GET /a?b=1', 'body=asked', [`${name}: x`]],
  ),
  ['only-if-cached', 'GET /nothing', undefined, ['cache-control: only-if-cached']],
  ['no-store', 'GET /no-store', fresh(), ['cache-control: no-store']],
  ['after no-store', 'GET /no-store'],
  ['an absolute URL', 'GET http://a.test/a?b=1'],
])

const STORED: Readonly<Record<string, string>> = {
  'max-age': fresh(),
  's-maxage': `fields=cache-control: max-age=0, s-maxage=1000|${DATE}`,
  's-maxage that is none': `fields=cache-control: max-age=1000, s-maxage=x|${DATE}`,
  quoted: `fields=cache-control: Max-Age="1000" , x|${DATE}`,
  'a space before the sign': `fields=cache-control: max-age =1000|${DATE}`,
  'two lines': `fields=cache-control: max-age=1000|cache-control: no-store|${DATE}`,
  private: `fields=cache-control: max-age=1000, private|${DATE}`,
  'no-store': `fields=cache-control: no-store|${DATE}`,
  nothing: `fields=${DATE}`,
  'no date': 'fields=cache-control: max-age=1000',
  'a date that is none': 'fields=cache-control: max-age=1000|date: yesterday',
  'a date to come': `fields=cache-control: max-age=1000|date: ${SOON.toUTCString()}`,
  expires: `fields=expires: ${SOON.toUTCString()}|${DATE}`,
  'expires, no date': `fields=expires: ${SOON.toUTCString()}`,
  'expires, asctime': `fields=expires: Sun Nov  6 08:49:37 2044|${DATE}`,
  'expires, two digits': `fields=expires: Sunday, 06-Nov-44 08:49:37 GMT|${DATE}`,
  'expires 0': `fields=expires: 0|${DATE}`,
  'an age that is too high': fresh('age: 1001'),
  'an age': fresh('age: 500'),
  'an age that is none': fresh('age: x'),
  stale: `fields=cache-control: max-age=10|${AGO}`,
  vary: fresh('vary: accept'),
  'vary: *': fresh('vary: *'),
  'empty vary': fresh('vary: '),
  'two of a field': fresh('set-cookie: a', 'set-cookie: b'),
  chunked: `chunked;${fresh()}`,
  'no body': `body=;${fresh()}`,
  'no body, chunked': `body=;chunked;${fresh()}`,
  'closed in the middle': `cut;${fresh()}`,
  'a long body': `body=${'0123456789'.repeat(20_000)};${fresh()}`,
}

differentialCache(
  'which responses are stored',
  Object.entries(STORED).flatMap(([name, order], i): Row[] => [
    [name, `GET /${i}`, order],
    [`${name}, again`, `GET /${i}`, 'body=again'],
  ]),
)

differentialCache(
  'statuses',
  [200, 201, 203, 204, 206, 300, 301, 302, 304, 307, 308, 400, 404, 405, 410, 414, 418, 451, 500, 501, 503].flatMap(
    (status): Row[] => [
      [`${status}`, `GET /${status}`, `status=${status};${fresh()}`],
      [`${status}, again`, `GET /${status}`, 'body=again'],
    ],
  ),
)

const confirm = (...fields: readonly string[]): string => `body=another;confirm=${fields.join('|')}`
const STALE = `fields=cache-control: max-age=1|${AGO}|etag: "one"|last-modified: Thu, 26 Nov 2020 05:40:05 GMT|x-old: 1`

differentialCache('validation', [
  ['stale', 'GET /a', STALE],
  ['another tag', 'GET /a', confirm('etag: "two"', 'x-new: 1')],
  ['no tag', 'GET /a', confirm('x-new: 2', 'x-new: 3', 'vary: x', 'content-length: 3', DATE, 'x-old: 2')],
  ['is fresh for as long', 'GET /a', undefined, ['cache-control: max-stale=1000']],
  ['HEAD', 'HEAD /a', confirm('x-new: 4'), ['cache-control: no-cache']],
  ['a range', 'GET /a', confirm('x-new: 5'), ['pragma: no-cache', 'range: bytes=1-2']],
  ['a failure', 'GET /a', 'status=503', ['cache-control: no-cache']],
  ['no answer', 'GET /a', 'reset', ['cache-control: no-cache']],
  ['the same as before', 'GET /a', undefined, ['cache-control: max-stale']],
  ['another response', 'GET /a', `body=another;${fresh('x-old: 3')}`, ['cache-control: no-cache']],
  ['that is fresh', 'GET /a'],
  ['too old for the request', 'GET /a', confirm('x-new: 6'), ['cache-control: min-fresh=2000']],
  ['young enough', 'GET /a', undefined, ['cache-control: min-fresh=5, max-age=500']],
  ['pragma beside cache-control', 'GET /a', undefined, ['pragma: no-cache', 'cache-control: x']],
  ['never fresh', 'GET /b', `fields=cache-control: no-cache|${DATE}|etag: W/"b"`],
  ['confirmed', 'GET /b', confirm('age: 70')],
  ['must not be stale', 'GET /c', `fields=cache-control: max-age=1, must-revalidate|${AGO}`],
  ['whatever is asked for', 'GET /c', confirm(), ['cache-control: max-stale']],
  ['a bad date of change', 'GET /d', `fields=cache-control: no-cache|${DATE}|last-modified: x`],
  ['is not asked with', 'GET /d', confirm()],
])

differentialCache(
  'requests whose cache-control means nothing',
  [
    ['first', 'GET /a', `${fresh()};body=one`],
    ['no-cache', 'GET /a', undefined, ['cache-control: no-cache']],
    ['pragma', 'GET /a', undefined, ['pragma: no-cache']],
    ['no-store', 'GET /b', `${fresh()};body=two`, ['cache-control: no-store']],
    ['again', 'GET /b'],
  ],
  { filters: [cache({ ignore_request_cache_control_header: true, max_body_bytes: 1 })] },
)

differentialCache('ranges', [
  ['stored', 'GET /a', `body=0123456789;${fresh()}`],
  ...['5-', '-4', '0-', '-10', '10-', '-0', '4-2', '-', '5-99', '0-1,5-6', '2-99999999999999999999'].map(
    (range): Row => [range, 'GET /a', undefined, [`range: bytes=${range}`]],
  ),
  ['a part for HEAD', 'HEAD /a', undefined, ['range: bytes=2-4']],
  ['other units', 'GET /a', undefined, ['range: lines=1-2']],
  ['two lines', 'GET /a', undefined, ['range: bytes=5-', 'range: bytes=6-']],
  ['of nothing', 'GET /b', `body=;${fresh()}`],
  ['of nothing, again', 'GET /b', undefined, ['range: bytes=0-']],
  ['of chunks', 'GET /c', `chunked;${fresh()}`],
  ['of chunks, again', 'GET /c', undefined, ['range: bytes=2-']],
  [
    'a part that is stored',
    'GET /d',
    `status=206;body=01;${fresh('content-range: bytes 0-1/5')}`,
    ['range: bytes=0-1'],
  ],
  ['stands for the whole', 'GET /d'],
  ['a range of it', 'GET /d', undefined, ['range: bytes=1-']],
])

differentialCache(
  'routes',
  [
    ['a direct response', 'GET /direct'],
    ['a redirect', 'GET /redirect'],
    ['none', 'GET /none'],
    ['a cluster that is not there', 'GET /by-header', undefined, ['x-cluster: gone']],
    ['nobody listens', 'GET /dead'],
    ['rewrites and headers', 'GET /rewritten', `${fresh()};status=503`],
    ['a timeout that has no part in it', 'GET /slow', `${fresh()};delay=300`],
    ['and again', 'GET /slow'],
    ['off', 'GET /off', fresh()],
    ['off, again', 'GET /off'],
  ],
  {
    routes: [
      direct('/direct', 'hi'),
      { match: { prefix: '/redirect' }, redirect: { path_redirect: '/x' } },
      { match: { prefix: '/by-header' }, route: { cluster_header: 'x-cluster' } },
      routeTo('dead', '/dead'),
      {
        ...routeTo('app', '/rewritten', { prefix_rewrite: '/other', retry_policy: { retry_on: '5xx' } }),
        request_headers_to_add: [{ header: { key: 'x-request', value: '1' } }],
        response_headers_to_add: [{ header: { key: 'x-response', value: '1' } }],
      },
      routeTo('app', '/slow', { timeout: '0.1s' }),
      {
        ...routeTo('app', '/off'),
        typed_per_filter_config: {
          'envoy.filters.http.cache': {
            '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig',
            disabled: true,
          },
        },
      },
    ],
    clusters: [
      {
        name: 'dead',
        type: 'STATIC',
        connect_timeout: '1s',
        load_assignment: {
          cluster_name: 'dead',
          endpoints: [
            { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } } }] },
          ],
        },
      },
    ],
  },
)

differentialCache(
  'disabled',
  [
    ['first', 'GET /a', fresh()],
    ['again', 'GET /a', 'body=again'],
  ],
  { filters: [filterEntry('cache', 'cache.v3.CacheConfig', { disabled: true })] },
)

differential('cache: four workers have one store', {
  backends: ['app'],
  flags: ['--concurrency', '4'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          extra: { http_filters: [cache(), filterEntry('router', 'router.v3.Router')] },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    await play(side, [
      ['first', 'GET /a', `body=first;${fresh()}`],
      ...Array.from({ length: 16 }, (_, i): Row => [`hit ${i}`, 'GET /a', `body=${i}`]),
      ['second', 'GET /a', `body=second;${fresh()}`, ['cache-control: no-cache']],
      ...Array.from({ length: 16 }, (_, i): Row => [`hit ${i} of another`, 'GET /a', `body=${i}`]),
    ])
    side.note('asked for', side.seenBy('app').length)
  },
})
