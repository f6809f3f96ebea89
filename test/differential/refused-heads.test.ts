/* HEAD requests that are refused, byte for byte: who knows the method by then leaves out the body. */
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const REQUESTS: readonly string[] = [
  '/ HTTP/1.0\r\nhost: a',
  '/ HTTP/1.2\r\nhost: a',
  '/ HTTP/2.0\r\nhost: a',
  '/ http/1.1\r\nhost: a',
  'ftp://a/ HTTP/1.1\r\nhost: a',
  'http://a:b/ HTTP/1.1\r\nhost: a',
  'a HTTP/1.1\r\nhost: a',
  '* HTTP/1.1\r\nhost: a',
  '/ b HTTP/1.1\r\nhost: a',
  '/\x01 HTTP/1.1\r\nhost: a',
  '/ HTTP/1.1\r\nhost: a b',
  '/ HTTP/1.1',
  '/ HTTP/1.1\r\nhost: a\r\nbad name: 1',
  '/ HTTP/1.1\r\nhost: a\r\nx: \x01',
  '/ HTTP/1.1\r\nhost: a\r\nx_y: 1',
  '/ HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip',
  '/ HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3',
  '/ HTTP/1.1\r\nhost: a\r\ncontent-length: x',
  '/ HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 1',
  '/ HTTP/1.1\r\nhost: a\r\nconnection: host',
  '/ HTTP/1.1\r\nhost: a\r\nconnection: x-forwarded-for',
  `/ HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(1100)}`,
  `/ HTTP/1.1\r\nhost: a\r\n${'x: 1\r\n'.repeat(12)}y: 1`,
  `/${'z'.repeat(1100)} HTTP/1.1\r\nhost: a`,
  '/#x HTTP/1.1\r\nhost: a',
  '/ HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket',
  '/nope HTTP/1.1\r\nhost: a',
  '/ HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz',
]
const EMPTY = { mappers: [{ filter: { not_health_check_filter: {} }, body: { inline_string: '' } }] }

const manager = (name: string, extra: object): object =>
  httpListener(name, {
    statPrefix: name,
    routes: [direct('/', 'hello')].map((route) => ({ ...route, match: { path: '/' } })),
    extra: {
      delayed_close_timeout: '0.05s',
      stream_idle_timeout: '0.3s',
      max_request_headers_kb: 1,
      common_http_protocol_options: { max_headers_count: 10, headers_with_underscores_action: 'REJECT_REQUEST' },
      ...extra,
    },
  })

const MANAGERS: Readonly<Record<string, object>> = {
  plain: {},
  emptied: { local_reply_config: EMPTY },
  old: { http_protocol_options: { accept_http_10: true } },
  'emptied-old': { local_reply_config: EMPTY, http_protocol_options: { accept_http_10: true } },
}

differential('HEAD requests that are refused', {
  bootstrap: () => ({
    static_resources: { listeners: Object.entries(MANAGERS).map(([name, extra]) => manager(name, extra)) },
  }),
  traffic: async (side) => {
    for (const name of Object.keys(MANAGERS)) {
      for (const method of ['HEAD', 'GET']) {
        const ask = async (rest: string): Promise<void> => {
          using client = await side.connect(name)
          client.write(`${method} ${rest}\r\n\r\n`)
          await client.until('\r\n\r\n').catch(() => {})
          if (/\r\nconnection: close/.test(client.received())) await client.closed()
          side.note(`${name}: ${method} ${rest}`, client.received())
        }
        await Promise.all(REQUESTS.map(ask))
      }
    }
  },
})
