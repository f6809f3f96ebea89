/* How many headers are too many, beside names with underscores and names that come several times. */
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'

const ACTIONS = ['ALLOW', 'DROP_HEADER', 'REJECT_REQUEST']
const LINES: Readonly<Record<string, string>> = {
  plain: 'x-a: 1',
  other: 'x-b: 1',
  under: 'x_u: 1',
  cookie: 'cookie: a=1',
  via: 'via: x',
  coding: 'transfer-encoding: gzip',
}
/** All sequences of so many lines behind the host, of which three are allowed. */
const sequences = (count: number): string[][] =>
  count === 0 ? [[]] : sequences(count - 1).flatMap((rest) => Object.keys(LINES).map((name) => [...rest, name]))
const INTERESTING = [...sequences(2), ...sequences(3)].concat(
  sequences(4).filter((_, index) => index % 11 === 0),
  sequences(5).filter((_, index) => index % 97 === 0),
)

differential('headers that are counted', {
  bootstrap: () => ({
    static_resources: {
      listeners: ACTIONS.map((action) =>
        httpListener(action, {
          statPrefix: action,
          routes: [direct('/', 'ok')],
          extra: {
            http_protocol_options: { enable_trailers: true },
            common_http_protocol_options: { max_headers_count: 3, headers_with_underscores_action: action },
            delayed_close_timeout: '0.02s',
          },
        }),
      ),
    },
  }),
  stats: /underscores|downstream_rq_[45]xx$/,
  traffic: async (side) => {
    for (const action of ACTIONS) {
      const statuses: string[] = []
      for (const names of INTERESTING) {
        const head = ['GET / HTTP/1.1', 'host: a', ...names.map((name) => LINES[name])].join('\r\n')
        using client = await side.connect(action)
        client.write(`${head}\r\n\r\n`)
        const [line = ''] = (await client.until('\r\n\r\n')).split('\r\n')
        statuses.push(`${names.join()} ${line}`)
      }
      side.note(action, statuses)
      for (const trailers of [
        ['x-a', 'x-b', 'x-c', 'x-d'],
        ['x_a', 'x-b', 'x-c', 'x-d'],
        ['x-a', 'x-b', 'x-c', 'x-d', 'x_e'],
      ]) {
        const lines = trailers.map((name) => `${name}: 1\r\n`).join('')
        const bytes = `POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n${lines}\r\n`
        await side.send(`${action} ${trailers.join()}`, action, bytes)
      }
    }
  },
})
