/* CONNECT that ends at the proxy: its bytes, and those of a POST where that is allowed, go on to a plain connection. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const upgrade = (connect_config?: object) => ({
  upgrade_configs: [{ upgrade_type: 'CONNECT', ...(connect_config && { connect_config }) }],
})
const connectTo = (cluster: string, to: string, more: object) => ({
  match: { connect_matcher: {}, headers: [{ name: 'x-to', string_match: { exact: to } }] },
  route: { cluster, ...more },
})

const ROUTES = [
  connectTo('app', 'app', upgrade({})),
  connectTo('dead', 'dead', upgrade({})),
  connectTo('app', 'off', { upgrade_configs: [{ upgrade_type: 'CONNECT', enabled: false }] }),
  routeTo('app', '/post', upgrade({ allow_post: true })),
  routeTo('app', '/'),
]

const FORMAT =
  '%REQ(:METHOD)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_CLUSTER% %BYTES_RECEIVED% ' +
  '%UPSTREAM_REQUEST_ATTEMPT_COUNT%'

const inner = 'GET /inner HTTP/1.1\r\nhost: inner.test\r\n'

differential('CONNECT that ends at the proxy', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: ROUTES,
          extra: {
            upgrade_configs: [{ upgrade_type: 'CONNECT' }],
            access_log: [fileLog('access.log', textFormat(FORMAT))],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')]), staticCluster('dead', [1])],
    },
  }),
  stats: /^cluster\.(?:app|dead)\.upstream_rq_(?:total|[25]xx|pending_total)$|^http\.ingress\.downstream_cx_upgrades_/,
  traffic: async (side) => {
    const connect = (to: string) => `CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\nx-to: ${to}\r\n\r\n`
    const tunnel = await side.connect('front')
    tunnel.write(connect('app'))
    await until(() => tunnel.received().includes('\r\n\r\n'))
    tunnel.write(`${inner}x-do: close\r\n\r\n`)
    await tunnel.closed(5000)
    side.note('tunnel', withoutDate(tunnel.received()))
    const early = await side.connect('front')
    early.write(`${connect('app')}${inner}x-do: close\r\n\r\n`)
    await early.closed(5000)
    side.note('early bytes', withoutDate(early.received()))
    await side.request('dead', 'front', 'CONNECT a.test:443', 'x-to: dead')
    await side.request('off', 'front', 'CONNECT a.test:443', 'x-to: off')
    const body = `${inner}x-do: close;body=in\r\n\r\n`
    const post = `POST /post HTTP/1.1\r\nhost: a.test\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    const posted = await side.connect('front')
    posted.write(post)
    await until(() => posted.received().endsWith('0\r\n\r\n'))
    side.note('post', withoutDate(posted.received()).replace(/service-time: \d+/, 'service-time: <ms>'))
    side.noteSeen('app')
    await side.noteLog('access.log', 5)
  },
})

function withoutDate(text: string): string {
  return text.replace(/date: [^\r]*\r\n/g, '')
}

async function until(holds: () => boolean): Promise<void> {
  for (const limit = performance.now() + 5000; !holds() && performance.now() < limit;) await Bun.sleep(5)
}
