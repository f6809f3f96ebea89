/* Upgrades, continuation, pipelining, and replies to gRPC clients. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const LOG = {
  delayed_close_timeout: '0.1s',
  access_log: [fileLog('access.log', textFormat(OUTCOME))],
}
const UPGRADE = 'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'

differential('websocket upgrades: accepted, refused, switched off by a route, refused upstream', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('app', '/off', { upgrade_configs: [{ upgrade_type: 'websocket', enabled: false }] }),
            { name: 'ws', ...routeTo('app', '/') },
          ],
          extra: { ...LOG, upgrade_configs: [{ upgrade_type: 'websocket' }] },
        }),
        httpListener('without', {
          statPrefix: 'without',
          routes: [
            routeTo('app', '/on', { upgrade_configs: [{ upgrade_type: 'websocket' }] }),
            direct('/direct', 'no'),
            { name: 'plain', ...routeTo('app', '/app') },
          ],
          extra: LOG,
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /^http\.(?:ingress|without)\.downstream_(?:rq|cx_(?:upgrades|total))|^cluster\.app\.upstream_(?:rq|cx_total)/,
  traffic: async (side) => {
    {
      using client = await side.connect('front')
      client.write(`GET /a HTTP/1.1\r\n${UPGRADE}x-do: websocket\r\n\r\n`)
      await client.until('\r\n\r\n')
      client.write('one')
      await client.until('one')
      client.write('two')
      side.note('accepted', (await client.until('two')).split('\r\n').toSorted())
      await side.noteAdmin('/stats?filter=upgrades')
      client.end()
      await client.closed()
    }
    await side.send('refused upstream', 'front', `GET /b HTTP/1.1\r\n${UPGRADE}x-do: status=403\r\n\r\n`)
    await side.send('off', 'front', `GET /off HTTP/1.1\r\n${UPGRADE}\r\n`, true)
    await side.send('not configured', 'without', `GET /app HTTP/1.1\r\n${UPGRADE}\r\n`, true)
    await side.send('not configured, direct', 'without', `GET /direct HTTP/1.1\r\n${UPGRADE}\r\n`, true)
    await side.send('on by the route', 'without', `GET /on HTTP/1.1\r\n${UPGRADE}x-do: websocket\r\n\r\n`)
    side.noteSeen('app')
    await side.noteLog('access.log', 6, (line) =>
      line.replace(/rx=\d+ tx=\d+/, (all) => (line.includes(' 101 ') ? '' : all)),
    )
  },
})

const get = (path: string, ...headers: readonly string[]): string =>
  `${[`GET ${path} HTTP/1.1`, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`

differential('pipelining, continuation and ends of connections', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', { routes: [direct('/d', 'direct'), routeTo('app')], extra: LOG }),
        httpListener('passing', { statPrefix: 'passing', extra: { ...LOG, proxy_100_continue: true } }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats:
    /^http\.(?:ingress|passing)\.downstream_(?:rq|cx_(?:total|protocol|drain))|^cluster\.app\.upstream_(?:rq|cx_total)/,
  traffic: async (side: Side) => {
    await side.send('pipelined', 'front', get('/1') + get('/2', 'x-do: delay=50'))
    await side.send('pipelined, direct', 'front', get('/d') + get('/2'))
    await side.send('post, then get', 'front', `POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab${get('/2')}`)
    await side.send(
      'direct before the body',
      'front',
      `POST /d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab`,
      true,
    )
    await side.send('nonsense behind a request', 'front', `${get('/d')}nonsense\r\n\r\n`, true)
    await side.send('cut by the upstream', 'front', get('/cut', 'x-do: cut;body=abcdef'), true)
    const expecting = 'POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n'
    await side.send('continue', 'front', `${expecting}ab`)
    await side.send('continue from the upstream', 'passing', `${expecting}ab`)
    await side.send('empty lines', 'front', `\r\n\r\n${get('/d')}`)
    await side.send('two hosts', 'front', get('/d', 'Host: b'), false)
    await side.send('close', 'front', get('/d', 'Connection: close'), true)
    await side.send(
      'trailers',
      'front',
      'POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-t: v\r\n\r\n',
    )
    side.noteSeen('app')
    await side.noteLog('access.log', 16)
  },
})

differential('replies of our own to gRPC clients', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            direct('/direct', 'a “quoted” body\n', 403),
            routeTo('dead', '/dead'),
            routeTo('app', '/slow', { timeout: '0.05s' }),
            routeTo('app', '/app'),
          ],
          extra: LOG,
        }),
      ],
      clusters: [staticCluster('app', [port('app')]), staticCluster('dead', [1])],
    },
  }),
  stats: /^http\.ingress\.downstream_rq|^cluster\.(?:app|dead)\.upstream_rq/,
  traffic: async (side) => {
    const grpc = ['content-type: application/grpc', 'te: trailers']
    await side.request('direct', 'front', 'POST /direct', ...grpc)
    await side.request('connect failure', 'front', 'POST /dead', ...grpc)
    await side.request('timeout', 'front', 'POST /slow', ...grpc, 'x-do: delay=500')
    await side.request('no route', 'front', 'POST /none', ...grpc)
    await side.request('web', 'front', 'POST /direct', 'content-type: application/grpc-web')
    await side.request('upstream failure', 'front', 'POST /app', ...grpc, 'x-do: status=503')
    await side.noteLog('access.log', 6)
  },
})
