/* Redirects of upstreams that are followed by the proxy itself: which ones, by what predicates, and what is counted. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const PREDICATES = 'type.googleapis.com/envoy.extensions.internal_redirect'
const predicate = (type: string, fields: object = {}) => ({
  name: 'p',
  typed_config: { '@type': `${PREDICATES}.${type}Config`, ...fields },
})
const follows = (prefix: string, policy: object) => ({
  name: prefix.slice(1),
  ...routeTo('app', prefix, { internal_redirect_policy: policy }),
})

const ROUTES = [
  follows('/twice', { max_internal_redirects: 2 }),
  follows('/codes', { redirect_response_codes: [301, 303, 307, 404] }),
  follows('/copy', { response_headers_to_copy: ['x-copy', 'x-other'] }),
  follows('/cross', { allow_cross_scheme_redirect: true }),
  follows('/safe', {
    allow_cross_scheme_redirect: true,
    predicates: [predicate('safe_cross_scheme.v3.SafeCrossScheme')],
  }),
  follows('/list', {
    predicates: [predicate('allow_listed_routes.v3.AllowListedRoutes', { allowed_route_names: ['target'] })],
  }),
  follows('/once', { max_internal_redirects: 5, predicates: [predicate('previous_routes.v3.PreviousRoutes')] }),
  routeTo('app', '/old', { internal_redirect_action: 'HANDLE_INTERNAL_REDIRECT' }),
  { ...follows('/small', {}), request_body_buffer_limit: 3 },
  { name: 'target', ...routeTo('other', '/target', { prefix_rewrite: '/rewritten' }) },
  { match: { prefix: '/direct' }, direct_response: { status: 200, body: { inline_string: 'direct' } } },
  routeTo('app', '/plain'),
]

const FORMAT =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %REQ(:PATH)% %REQ(:AUTHORITY)% %ROUTE_NAME% ' +
  '%UPSTREAM_CLUSTER% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_REQUEST_ATTEMPT_COUNT%'

differential('redirects that are followed here', {
  backends: ['app', 'other'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          virtualHost: { domains: ['a.test', 'a.test:80'] },
          extra: {
            access_log: [fileLog('access.log', textFormat(FORMAT))],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')]), staticCluster('other', [port('other')])],
    },
  }),
  stats: /redirect|^http\.ingress\..*rq_(?:total|completed|[2345]xx|active)$|^cluster\..*upstream_rq_(?:total|[23]xx)$/,
  traffic: async (side) => {
    let lines = 0
    const ask = async (path: string, location: string, status = 302, method = 'GET', ...more: readonly string[]) => {
      lines++
      const order = `x-do: only=${path};status=${status};header=location: ${location}`
      await side.request(`${lines} ${path} ${location}`, 'front', `${method} ${path}`, order, ...more)
    }
    await ask('/twice', 'http://a.test/target/x?b#fragment')
    await ask('/twice', 'http://a.test:80/twice/again')
    for (const location of ['/relative', 'https://a.test/target', 'http://other.test/target', 'http://a.test']) {
      await ask('/twice', location)
    }
    for (const location of ['http://a.test/direct', 'http://a.test?x=1', '']) await ask('/twice', location)
    await ask('/codes', 'http://a.test/target', 303, 'HEAD')
    await ask('/codes', 'http://a.test/target', 302)
    await ask('/codes', 'http://a.test/target', 404)
    await ask('/copy', 'http://a.test/target', 302, 'GET', 'x-copy: old', 'x-other: old')
    await ask('/copy', 'http://other.test/target', 302, 'GET', 'x-copy: old')
    for (const location of ['https://a.test/target', 'ftp://a.test/target']) await ask('/cross', location)
    for (const location of ['https://a.test/target', 'http://a.test/target']) await ask('/safe', location)
    for (const location of ['http://a.test/plain', 'http://a.test/target']) await ask('/list', location)
    await ask('/once', 'http://a.test/once/more')
    await ask('/old', 'http://a.test/target')
    await ask('/old', 'http://a.test/old/again')
    await ask('/plain', 'http://a.test/target')
    for (const [path, status] of [
      ['/twice', 302],
      ['/codes', 303],
      ['/codes', 307],
      ['/small', 302],
    ] as const) {
      const order = `x-do: only=${path};status=${status};header=location: http://a.test/target`
      const head = `POST ${path} HTTP/1.1\r\nhost: a.test\r\n${order}\r\n`
      await side.send(`${path} ${status} length`, 'front', `${head}content-length: 5\r\n\r\nhello`)
      await side.send(
        `${path} ${status} chunks`,
        'front',
        `${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      )
      lines += 2
    }
    side.noteSeen('app')
    side.noteSeen('other')
    // Both streams of a request that is sent on are logged.
    await side.noteLog('access.log', lines)
  },
})
