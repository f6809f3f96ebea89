/* Interim responses of upstreams, and who asks for them: which pass, what retries and timeouts make of them, what is counted. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const interim = (status: number, lines = ''): string => `send=HTTP/1.1 ${status} Interim\\r\\n${lines}\\r\\n`
const OK = 'send=HTTP/1.1 200 OK\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n'

const SCRIPTS: Readonly<Record<string, string>> = {
  none: OK,
  '100': `${interim(100)};sleep=30;${OK}`,
  '100 with headers': `${interim(100, 'x-a: 1\\r\\nserver: up\\r\\nconnection: close\\r\\n')};sleep=30;${OK}`,
  '100 at once': `${interim(100)};${OK}`,
  '100 twice': `${interim(100)};sleep=30;${interim(100)};sleep=30;${OK}`,
  '102': `${interim(102)};sleep=30;${OK}`,
  '103': `${interim(103, 'link: </a>\\r\\n')};sleep=30;${OK}`,
  '103 and 100': `${interim(103)};sleep=30;${interim(100)};sleep=30;${OK}`,
  '100 and 103': `${interim(100)};sleep=30;${interim(103)};sleep=30;${OK}`,
  '110': `${interim(110)};sleep=30;${OK}`,
  '199': `${interim(199)};sleep=30;${OK}`,
  '101 nobody asked for': `${interim(101, 'upgrade: foo\\r\\nconnection: upgrade\\r\\n')};sleep=30;${OK}`,
  '100 with a length': `${interim(100, 'content-length: 2\\r\\n')};sleep=30;${OK}`,
  '100 with chunks': `${interim(100, 'transfer-encoding: chunked\\r\\n')};sleep=30;${OK}`,
  '100 and 503': `${interim(100)};sleep=30;send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n`,
  '100 and 417': `${interim(100)};sleep=30;send=HTTP/1.1 417 No\\r\\ncontent-length: 0\\r\\n\\r\\n`,
  '100 and reset': `${interim(100)};sleep=30;reset`,
  '103 and reset': `${interim(103)};sleep=30;reset`,
  '417': 'send=HTTP/1.1 417 No\\r\\ncontent-length: 0\\r\\n\\r\\n',
}
const BODIES: Readonly<Record<string, readonly [head: string, body: string]>> = {
  'without a body': ['', ''],
  expecting: ['Expect: 100-continue\r\ncontent-length: 2\r\n', 'ab'],
  'expecting in capitals': ['expect: 100-CONTINUE\r\ncontent-length: 2\r\n', 'ab'],
  'expecting something else': ['expect: magic\r\ncontent-length: 2\r\n', 'ab'],
}
const MANAGERS = { answering: {}, passing: { proxy_100_continue: true, always_set_request_id_in_response: true } }

differential('interim responses', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: Object.entries(MANAGERS).map(([name, manager]) =>
        httpListener(name, {
          statPrefix: name,
          routes: [
            routeTo('app', '/retry', {
              retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '0.001s' } },
            }),
            routeTo('app'),
          ],
          extra: {
            access_log: [fileLog(`${name}.log`, textFormat(OUTCOME))],
            delayed_close_timeout: '0.1s',
            ...manager,
          },
        }),
      ),
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats:
    /^(?:cluster\.app\.(?:upstream_rq_(?:\d|completed|retry)|external)|http\.(?:answering|passing)\.downstream_rq_(?:\dxx|completed))/,
  traffic: async (side) => {
    for (const name of Object.keys(MANAGERS)) {
      let lines = 0
      for (const [kind, [head, body]] of Object.entries(BODIES)) {
        for (const [what, script] of Object.entries(SCRIPTS)) {
          for (const path of what.includes('reset') || what.includes('503') ? ['/', '/retry'] : ['/']) {
            using client = await side.connect(name)
            client.write(`POST ${path} HTTP/1.1\r\nhost: a\r\nx-do: ${script}\r\n${head}\r\n`)
            if (body !== '') {
              await Bun.sleep(10)
              client.write(body)
            }
            await client.until(/HTTP\/1\.1 (?!1\d\d)\d+ [^]*\r\n\r\n/, 3000).catch(() => {})
            await side.logLines(`${name}.log`, ++lines)
            side.note(`${name}: ${kind}, ${what}, ${path}`, client.received())
          }
        }
      }
      await side.noteLog(`${name}.log`, lines)
    }
    side.note(
      'received',
      side.receivedBy('app').map((text) => text.replaceAll(/^x-envoy-expected.*\r\n/gm, '')),
    )
  },
})
