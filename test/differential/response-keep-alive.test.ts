/* A response's keep-alive: that of the upstream goes once the router has looked at it, what is added here stays. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const KEPT = 'keep-alive: timeout=3\\r\\nx-a: 1\\r\\n'
const head = (status: number): string =>
  `send=HTTP/1.1 ${status} X\\r\\n${KEPT}${status < 200 ? '' : 'content-length: 0\\r\\n'}\\r\\n`
const WEBSOCKET = 'connection: upgrade\r\nupgrade: websocket\r\n'
const ADDED = { response_headers_to_add: [{ header: { key: 'keep-alive', value: 'added' } }] }
const SEEN = { response_headers_to_add: [{ header: { key: 'x-seen', value: '%RESP(keep-alive)%.' } }] }
const REQUESTS: readonly (readonly [path: string, script: string, head: string])[] = [
  ['/', head(200), ''],
  ['/added', head(200), ''],
  ['/retry', head(500), ''],
  ['/direct', '', ''],
  ['/', `${head(103)};sleep=30;${head(200)}`, ''],
  // No answer to a WebSocket: what Envoy sends then is a reply of its own with the upstream's headers.
  ...[199, 105, 200, 301].map((status) => ['/', `${head(status)};sleep=30;${head(200)}`, WEBSOCKET] as const),
  ['/', `${head(103)};sleep=30;${head(199)};sleep=30;${head(200)}`, WEBSOCKET],
  ['/', `${head(199)};sleep=30;reset`, WEBSOCKET],
  ['/', `${head(199)};sleep=30;${head(200)}`, 'connection: upgrade\r\nupgrade: other\r\n'],
]

differential('keep-alive of responses, and answers that are none to a WebSocket', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          statPrefix: 'front',
          routes: [
            { ...routeTo('app', '/added'), ...ADDED },
            { ...direct('/direct', 'x'), ...ADDED },
            routeTo('app', '/retry', {
              retry_policy: {
                retry_on: 'retriable-headers',
                retriable_headers: [{ name: 'keep-alive', present_match: true }],
                retry_back_off: { base_interval: '0.001s' },
              },
            }),
            { ...routeTo('app'), ...SEEN },
          ],
          extra: {
            upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'other' }],
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
            delayed_close_timeout: '0.1s',
            proxy_100_continue: true,
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats:
    /^(?:cluster\.app\.(?:upstream_rq_(?:\d|completed|retry)|external)|http\.front\.downstream_rq_(?:\dxx|completed))/,
  traffic: async (side) => {
    for (const [index, [path, script, lines]] of REQUESTS.entries()) {
      using client = await side.connect('front')
      client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nx-do: ${script}\r\n${lines}\r\n`)
      await client.until(/HTTP\/1\.1 (?!10[34])\d+ [^]*\r\n\r\n/, 3000)
      await side.logLines('access.log', index + 1)
      side.note(`${index}: ${path}`, client.received())
    }
    await side.noteLog('access.log', REQUESTS.length)
  },
})
