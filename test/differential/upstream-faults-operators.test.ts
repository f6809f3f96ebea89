/* Every operator of formats for upstreams that fail. */
import { blackHole } from '../support/black-hole.ts'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { ALL_OPERATORS, comparable } from './support/all-operators.ts'
import { differential } from './support/differential.ts'
import { fileLog } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const HEAD = 'HTTP/1.1 200 OK\\r\\n'
const SOON = { retry_back_off: { base_interval: '0.001s', max_interval: '0.002s' } }
const RETRIED = { retry_policy: { retry_on: '5xx', num_retries: 1, ...SOON } }

/** Path, script, and whether the client leaves. */
const FAULTS: readonly (readonly [string, string, boolean?])[] = [
  ['/app', 'reset'],
  ['/app', 'fin'],
  ['/app', `send=${HEAD};sleep=30;fin`],
  ['/app', `send=${HEAD}content-length: 9\\r\\n\\r\\n0123;sleep=30;reset`],
  ['/app', `send=${HEAD}\\r\\n0123;sleep=30;fin`],
  ['/app', 'send=garbage\\r\\n\\r\\n;hang'],
  ['/app', 'send=HTTP/1.1 103 Early Hints\\r\\n\\r\\n;sleep=30;fin'],
  ['/app', `send=${HEAD}transfer-encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\nx-t: 1\\r\\n\\r\\n`],
  ['/app', 'hang', true],
  ['/slow', 'hang'],
  ['/try', 'hang'],
  ['/retried', 'reset'],
  ['/retried', 'once;reset'],
  ['/retried', 'once;send=HTTP/1.1 503 No\\r\\ncontent-length: 0\\r\\n\\r\\n'],
  ['/dead', 'ok'],
  ['/dead-retried', 'ok'],
  ['/hole', 'ok'],
  ['/hole-slow', 'ok'],
  ['/hole', 'ok', true],
  ['/full', 'ok'],
  ['/empty', 'ok'],
  ['/racing', 'ok'],
]

async function traffic(side: Side): Promise<void> {
  await side.exchange('front', 'GET /app HTTP/1.1\r\nhost: a\r\n\r\n') // the first one takes its time
  let lines = 1
  for (const [index, [path, script, leaves = false]] of FAULTS.entries()) {
    for (const body of [undefined, 'hello']) {
      const once = `x-once: ${index}-${body ?? ''}`
      const length = body === undefined ? '' : `content-length: ${body.length}\r\n`
      const method = body === undefined ? 'GET' : 'POST'
      using client = await side.connect('front')
      client.write(`${method} ${path} HTTP/1.1\r\nhost: a\r\n${once}\r\nx-do: ${script}\r\n${length}\r\n${body ?? ''}`)
      if (leaves) await Bun.sleep(80)
      else await client.until(/\r\n\r\n/)
      if (leaves) client.destroy()
      const records = await side.logLines('access.log', ++lines)
      side.note(
        `${index} ${method} ${path} ${script}`,
        records.slice(lines - 1).map((line) => comparable(line)),
      )
      // Attempts that were given up go on until the connect timeout, and serve who comes next.
      await Bun.sleep(path.startsWith('/hole') ? 300 : 60)
    }
  }
}

let hole: { readonly port: number } | undefined = undefined

differential('every operator for upstreams that fail', {
  faulty: ['app'],
  before: async () => void (hole = await blackHole()),
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            routeTo('app', '/app'),
            routeTo('app', '/slow', { timeout: '0.1s' }),
            routeTo('app', '/try', {
              retry_policy: { retry_on: '5xx', num_retries: 1, per_try_timeout: '0.1s', ...SOON },
            }),
            routeTo('app', '/retried', RETRIED),
            routeTo('dead', '/dead-retried', RETRIED),
            routeTo('dead', '/dead'),
            routeTo('hole', '/hole-slow', { timeout: '0.1s' }),
            routeTo('hole', '/hole'),
            routeTo('full', '/full'),
            routeTo('empty', '/empty'),
            routeTo('racing', '/racing'),
          ],
          extra: { delayed_close_timeout: '0.05s', access_log: [fileLog('access.log', ALL_OPERATORS)] },
        }),
      ],
      clusters: [
        staticCluster('app', [port('app')]),
        staticCluster('dead', [1]),
        staticCluster('hole', [hole?.port ?? 0], { connect_timeout: '0.2s' }),
        staticCluster('full', [port('app')], { circuit_breakers: { thresholds: [{ max_requests: 0 }] } }),
        staticCluster('empty', []),
        {
          name: 'racing',
          load_assignment: {
            cluster_name: 'racing',
            endpoints: [
              {
                lb_endpoints: [
                  {
                    endpoint: {
                      hostname: 'racing.test',
                      address: { socket_address: { address: '127.0.0.1', port_value: 1 } },
                      additional_addresses: [
                        { address: { socket_address: { address: '127.0.0.1', port_value: port('app') } } },
                      ],
                    },
                  },
                ],
              },
            ],
          },
        },
      ],
    },
  }),
  traffic,
})
