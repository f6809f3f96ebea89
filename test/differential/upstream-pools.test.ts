/* upstream_config: what requests are carried by, whatever they are. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'
import type { Side } from './support/side.ts'

const pool = (type: string): object => ({
  upstream_config: {
    name: 'pool',
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.upstreams.${type}` },
  },
})
const CLUSTERS: Readonly<Record<string, object>> = {
  generic: pool('http.generic.v3.GenericConnectionPoolProto'),
  http: pool('http.http.v3.HttpConnectionPoolProto'),
  tcp: pool('http.tcp.v3.TcpConnectionPoolProto'),
}
const NAMES = Object.keys(CLUSTERS)
const TERMINATES = { upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: {} }] }
const TCP_OPTIONS = 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions'

async function note(side: Side, name: string, bytes: string, later = ''): Promise<void> {
  using client = await side.connect('front')
  client.write(bytes)
  await Bun.sleep(60)
  client.write(later)
  await Bun.sleep(150)
  side.note(name, client.received())
}

async function traffic(side: Side): Promise<void> {
  const bodyOf = (script: string): string => `X\r\nx-do: ${script}\r\n\r\n`
  await side.exchange('front', 'GET /generic HTTP/1.1\r\nhost: a\r\n\r\n') // the first one takes its time
  for (const name of NAMES) {
    await note(side, `${name}: GET`, `GET /${name} HTTP/1.1\r\nhost: a\r\n\r\n`)
    for (const script of ['send=hello;fin', 'send=hello;reset', 'fin', 'reset']) {
      const body = bodyOf(script)
      const post = `POST /${name} HTTP/1.1\r\nhost: a\r\nx-do: ok\r\ncontent-length: ${body.length}\r\n\r\n${body}`
      await note(side, `${name}: POST, ${script}`, post)
    }
    await note(
      side,
      `${name}: CONNECT`,
      `CONNECT ${name}:80 HTTP/1.1\r\nhost: ${name}:80\r\n\r\n`,
      bodyOf('send=hello;fin'),
    )
  }
  await side.noteLog('access.log', 19)
}

differential('upstream_config: pools for all requests of a cluster', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            ...NAMES.map((name) => ({
              match: { connect_matcher: {}, headers: [{ name: ':authority', string_match: { prefix: name } }] },
              route: { cluster: name, ...TERMINATES },
            })),
            ...NAMES.map((name) => routeTo(name, `/${name}`)),
          ],
          extra: {
            upgrade_configs: [{ upgrade_type: 'CONNECT' }],
            delayed_close_timeout: '0.05s',
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
          },
        }),
      ],
      clusters: NAMES.map((name) =>
        staticCluster(name, [port('app')], {
          ...CLUSTERS[name],
          typed_extension_protocol_options: {
            [TCP_OPTIONS]: { '@type': `type.googleapis.com/${TCP_OPTIONS}`, idle_timeout: '5s' },
          },
        }),
      ),
    },
  }),
  stats: /^cluster\..*upstream_(?:cx_(?:total|active|http1)|rq_(?:total|[0-9]|completed))/,
  traffic,
})
