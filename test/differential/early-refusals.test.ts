/* Requests that are refused before they have a route: what filters, headers of routes and logs make of the answer. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const DETECTION = {
  name: 'c',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig',
    header_name: 'x-ip',
    reject_with_status: { code: 'NotFound' },
  },
}
const KNOWN = 'x-ip: 1.1.1.1\r\n'
const REFUSED: Readonly<Record<string, string>> = {
  'no host': 'GET / HTTP/1.1\r\n',
  old: 'GET / HTTP/1.0\r\nhost: a\r\n',
  fragment: 'GET /a#b HTTP/1.1\r\nhost: a\r\n',
  asterisk: 'OPTIONS * HTTP/1.1\r\nhost: a\r\n',
  upgrade: `GET /a HTTP/1.1\r\nhost: a\r\n${KNOWN}connection: upgrade\r\nupgrade: websocket\r\n`,
  'no address': 'GET /a HTTP/1.1\r\nhost: a\r\n',
  query: 'QUERY / HTTP/1.1\r\nhost: a\r\n',
}

differential('refused at once', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            {
              ...routeTo('app'),
              name: 'all',
              response_headers_to_add: [{ header: { key: 'x-route', value: '%ROUTE_NAME%' } }],
            },
          ],
          extra: {
            access_log: [fileLog('access.log', textFormat(`${OUTCOME} %ROUTE_NAME% %ROUTE_RESOLUTION_COUNT%`))],
            original_ip_detection_extensions: [DETECTION],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    for (const [name, head] of Object.entries(REFUSED)) {
      await side.send(name, 'front', `${head}\r\n`)
      await side.send(`${name}, with a scheme`, 'front', `${head}x-forwarded-proto: https\r\n\r\n`)
    }
    await side.noteLog('access.log', 2 * Object.keys(REFUSED).length)
  },
})

const WEBSOCKET = 'connection: upgrade\r\nupgrade: websocket\r\n'

differential('WebSockets that an upstream ignores', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            {
              ...routeTo('app'),
              response_headers_to_add: [{ header: { key: 'x-details', value: '%RESPONSE_CODE_DETAILS%' } }],
            },
          ],
          extra: {
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
            upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'foo' }],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats: /^(?:cluster\.app\.upstream_rq_(?:\d|total|completed)|http\.ingress\.downstream_rq_(?:\dxx|completed))/,
  traffic: async (side) => {
    const orders = ['status=200', 'chunked', 'status=301;header=location: /b', 'status=404', 'header=x-a: b']
    for (const order of orders) {
      const head = `GET / HTTP/1.1\r\nhost: a\r\nx-do: ${order}\r\n`
      await side.send(order, 'front', `${head}${WEBSOCKET}\r\n`)
      await side.send(`gRPC ${order}`, 'front', `${head}${WEBSOCKET}content-type: application/grpc\r\n\r\n`)
    }
    await side.noteLog('access.log', 2 * orders.length)
  },
})
