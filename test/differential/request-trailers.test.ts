/* Trailers of requests, wanted or not: which make a request malformed. */
import { httpListener, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const TRAILERS: Readonly<Record<string, string>> = {
  fine: 'x-t: 1\r\n',
  'without a colon': 'x t\r\n',
  'a name with a space': 'x t: 1\r\n',
  'no name': ': 1\r\n',
  'NUL in a value': 'x: \0\r\n',
  folded: 'x: 1\r\n 2\r\n',
  'folded at once': ' x: 1\r\n',
  'bare LF': 'x: 1\n',
  'CR in a name': 'x\r: 1\r\n',
  'CR in a value': 'x: 1\r2\r\n',
  'too large': `x: ${'y'.repeat(70_000)}\r\n`,
  many: 'x: 1\r\n'.repeat(200),
  framing: 'content-length: 5\r\ntransfer-encoding: chunked\r\n',
  'an underscore': 'x_t: 1\r\n',
}

for (const enable_trailers of [false, true]) {
  differential(`trailers of requests, enable_trailers ${enable_trailers}`, {
    backends: ['app'],
    bootstrap: (port) => ({
      static_resources: {
        listeners: [
          httpListener('front', {
            extra: {
              delayed_close_timeout: '0.05s',
              http_protocol_options: { enable_trailers },
              access_log: [fileLog('access.log', textFormat(OUTCOME))],
            },
          }),
        ],
        clusters: [staticCluster('app', [port('app')])],
      },
    }),
    stats: /^http\.ingress\.downstream_(?:rq_(?:[0-9]|completed|rx_reset)|cx_protocol_error)/,
    traffic: async (side) => {
      await side.exchange('front', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      let lines = 1
      for (const [name, trailers] of Object.entries(TRAILERS)) {
        using client = await side.connect('front')
        client.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n')
        await Bun.sleep(50)
        client.write(`0\r\n${trailers}\r\n`)
        await side.logLines('access.log', ++lines)
        await Bun.sleep(50)
        side.note(name, client.received())
      }
      await side.noteLog('access.log', lines)
    },
  })
}
