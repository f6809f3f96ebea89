/* What a client and the log are told of upstreams that fail; the same faults beside Envoy are in test/differential. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { blackHole } from '../support/black-hole.ts'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { eventually } from '../support/dynamic-files.ts'
import { faultyBackend } from '../support/faulty-backend.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { parseReplies } from '../support/http-reply.ts'
import { rawClient } from '../support/raw-client.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const HEAD = 'HTTP/1.1 200 OK\\r\\n'
const RETRY = { retry_policy: { retry_on: 'reset', retry_back_off: { base_interval: '0.001s' } } }
const LOG = '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%'

/** Path, script, status, and the line of the log. */
const FAULTS: readonly (readonly [string, string, number, string])[] = [
  ['/app', 'ok', 200, '200 - via_upstream 1'],
  ['/app', 'reset', 503, '503 UC upstream_reset_before_response_started{connection_termination} 1'],
  ['/app', 'fin', 503, '503 UC upstream_reset_before_response_started{connection_termination} 1'],
  ['/app', `send=${HEAD};sleep=20;fin`, 502, '502 UPE upstream_reset_before_response_started{protocol_error} 1'],
  ['/app', 'send=garbage\\r\\n\\r\\n;hang', 502, '502 UPE upstream_reset_before_response_started{protocol_error} 1'],
  [
    '/app',
    `send=${HEAD}{101*x: 1\\r\\n}\\r\\n;hang`,
    502,
    '502 UPE upstream_reset_before_response_started{protocol_error} 1',
  ],
  [
    '/app',
    `send=${HEAD}content-length: 9\\r\\n\\r\\n0123;sleep=20;reset`,
    200,
    '200 UPE upstream_reset_after_response_started{protocol_error} 1',
  ],
  [
    '/app',
    'send=HTTP/1.1 103 Early Hints\\r\\n\\r\\n;sleep=20;fin',
    503,
    '503 UC upstream_reset_after_response_started{connection_termination} 1',
  ],
  ['/slow', 'hang', 504, '504 UT response_timeout 1'],
  ['/retried', 'reset', 503, '503 URX,UC upstream_reset_before_response_started{connection_termination} 2'],
  ['/retried', 'once;reset', 200, '200 - via_upstream 2'],
  ['/retried', 'reuse;reset', 200, '200 - via_upstream 2'],
  ['/hole', 'ok', 503, '503 UF upstream_reset_before_response_started{connection_timeout} 1'],
  [
    '/dead',
    'ok',
    503,
    '503 UF upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused} 1',
  ],
]

test('faults of upstreams', async () => {
  await using upstream = await faultyBackend()
  using hole = await blackHole()
  const log = fileLog('access.log', textFormat(LOG))
  const routes = [
    routeTo('app', '/app'),
    routeTo('app', '/retried', RETRY),
    routeTo('app', '/slow', { timeout: '0.1s' }),
    routeTo('hole', '/hole'),
    routeTo('dead', '/dead'),
  ]
  const clusters = [
    staticCluster('app', [upstream.port]),
    staticCluster('hole', [hole.port], { connect_timeout: '0.1s' }),
    staticCluster('dead', [1]),
  ]
  const flags = ['--file-flush-interval-msec', '10', '--concurrency', '1']
  const listeners = [httpListener('front', { routes, extra: { access_log: [log] } })]
  await using proxy = await startWholeProxy({ listeners, clusters }, { flags })
  const lines = (): string[] => readFileSync(`${proxy.folder}/access.log`, 'utf8').split('\n').slice(0, -1)
  for (const [at, [path, script, status, line]] of FAULTS.entries()) {
    using client = await rawClient(proxy.port('front'))
    client.write(`GET ${path} HTTP/1.1\r\nhost: a\r\nx-once: ${at}\r\nx-do: ${script}\r\n\r\n`)
    await eventually(`the record of ${script}`, async () => lines().length > at)
    expect([script, lines()[at]]).toEqual([script, line])
    await client.until(/\r\n\r\n/)
    expect(parseReplies(client.received())[0]?.status).toBe(status)
  }
  const gauges = await proxy.admin('/stats?filter=cluster.*(rq_active|rq_pending_active|rq_open|cx_open)')
  for (const gauge of gauges.trim().split('\n')) expect(gauge).toEndWith(': 0')
})
