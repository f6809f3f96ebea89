/* Names and values of stats, and access logs, after traffic of every kind. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const ROOMS = /^(?:server|listener|listener_manager|cluster_manager|cluster|http|runtime|filesystem|workers)\./

/** Depends on time, memory, the build, how the files are flushed, or on the polls of the tests themselves. */
const VOLATILE =
  /^server\.|\.admin\.|^listener\.admin|_bytes_|^filesystem\.|downstream_cx_(?:active|destroy|length|http1_active)|upstream_cx_active|_remote/

differential('mixed traffic: replies, what the upstream saw, stats, text and JSON logs', {
  backends: ['app', 'flaky'],
  bootstrap: (port) => ({
    node: { id: 'n', cluster: 'c' },
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            direct('/direct', 'hello'),
            { match: { prefix: '/old' }, redirect: { host_redirect: 'b.test', path_redirect: '/new' } },
            {
              match: { prefix: '/retry' },
              route: { cluster: 'flaky', retry_policy: { retry_on: '5xx', num_retries: 3 } },
            },
            { match: { prefix: '/flaky' }, route: { cluster: 'flaky', prefix_rewrite: '/f' } },
            { match: { prefix: '/nowhere' }, route: { cluster: 'dead' } },
            { match: { prefix: '/header' }, route: { cluster_header: 'x-cluster' } },
            { name: 'app', ...routeTo('app', '/app') },
          ],
          extra: {
            delayed_close_timeout: '0.1s',
            access_log: [
              fileLog('text.log', textFormat(OUTCOME)),
              fileLog('default.log'),
              fileLog('json.log', {
                log_format: {
                  json_format: {
                    code: '%RESPONSE_CODE%',
                    flags: '%RESPONSE_FLAGS%',
                    mixed: '%REQ(:METHOD)% %REQ(X-NOT-THERE)%',
                    unset: '%REQ(X-NOT-THERE)%',
                    inner: { cluster: '%UPSTREAM_CLUSTER%', sent: '%BYTES_SENT%' },
                  },
                },
              }),
            ],
          },
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('flaky', [port('flaky')]),
        staticCluster('dead', [1]),
      ],
    },
  }),
  stats: ROOMS,
  volatile: VOLATILE,
  traffic: async (side: Side) => {
    await side.request('get', 'front', 'GET /app/a?b=c')
    await side.request('head', 'front', 'HEAD /app/a')
    await side.send('post', 'front', 'POST /app HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello')
    await side.send(
      'chunked post',
      'front',
      'POST /app HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    )
    await side.request('chunked reply', 'front', 'GET /app', 'x-do: chunked;body=some text')
    await side.request('204', 'front', 'GET /app', 'x-do: status=204')
    await side.request('418', 'front', 'GET /app', 'x-do: status=418')
    await side.request('500', 'front', 'GET /app', 'x-do: status=500;body=oops')
    await side.request('404', 'front', 'GET /none')
    await side.request('direct', 'front', 'GET /direct')
    await side.request('redirect', 'front', 'GET /old?x=y')
    await side.request('refused', 'front', 'GET /nowhere')
    await side.request('unknown cluster', 'front', 'GET /header', 'x-cluster: nobody')
    await side.request('cluster by header', 'front', 'GET /header', 'x-cluster: app')
    await side.request('reset', 'front', 'GET /flaky/reset', 'x-do: reset')
    await side.request('closed', 'front', 'GET /flaky/close', 'x-do: close')
    await side.request('garbage', 'front', 'GET /flaky/garbage', 'x-do: garbage')
    await side.request('retried', 'front', 'GET /retry/2', 'x-do: fail=2')
    await side.request('retries used up', 'front', 'GET /retry/9', 'x-do: fail=9')
    await side.send('bad request', 'front', 'GET /app HTTP/1.1\r\nHost: a\r\nbad header: x\r\n\r\n', true)
    await side.send('no host', 'front', 'GET /app HTTP/1.1\r\n\r\n', true)
    await side.send('HTTP/1.0', 'front', 'GET /app HTTP/1.0\r\nHost: a\r\n\r\n', true)
    await side.send('client closes', 'front', 'GET /app HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', true)
    side.noteSeen('app')
    side.noteSeen('flaky')
    await side.noteLog('text.log', 23)
    await side.noteLog('json.log', 23)
    // The two durations and the service time in front of the last five fields.
    await side.noteLog('default.log', 23, (line) =>
      line.replace(/ \d+ (\d+|-)( "[^"]*" "[^"]*" "[^"]*" "[^"]*" "[^"]*")$/, ' <ms> <ms>$2'),
    )
  },
})
