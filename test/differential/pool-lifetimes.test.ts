/* How long connections to hosts are kept, and what ends them. */
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

function common(settings: object, explicit: object = {}): object {
  return {
    typed_extension_protocol_options: {
      [OPTIONS]: {
        '@type': `type.googleapis.com/${OPTIONS}`,
        common_http_protocol_options: settings,
        explicit_http_config: { http_protocol_options: explicit },
      },
    },
  }
}

/** What the cluster has, and the scripts of its requests, sent one after the other with such pauses (ms) behind them. */
const CASES: Readonly<Record<string, readonly [object, readonly (readonly [string, number])[]]>> = {
  idle: [
    common({ idle_timeout: '0.15s' }),
    [
      ['ok', 60],
      ['ok', 300],
      ['ok', 0],
    ],
  ],
  'idle, older': [
    { common_http_protocol_options: { idle_timeout: '0.15s' } },
    [
      ['ok', 300],
      ['ok', 0],
    ],
  ],
  'never idle': [
    common({ idle_timeout: '0s' }),
    [
      ['ok', 300],
      ['ok', 0],
    ],
  ],
  'slower than idle': [
    common({ idle_timeout: '0.4s' }),
    [
      ['sleep=600;ok', 30],
      ['ok', 0],
    ],
  ],
  duration: [
    common({ max_connection_duration: '0.2s' }),
    [
      ['ok', 60],
      ['ok', 300],
      ['ok', 0],
    ],
  ],
  'duration within a request': [
    common({ max_connection_duration: '0.6s' }),
    [
      ['sleep=1000;ok', 30],
      ['ok', 0],
    ],
  ],
  'one request': [
    common({ max_requests_per_connection: 1 }),
    [
      ['ok', 0],
      ['ok', 0],
      ['ok', 0],
    ],
  ],
  'two requests': [
    common({ max_requests_per_connection: 2 }),
    [
      ['ok', 0],
      ['ok', 0],
      ['ok', 0],
    ],
  ],
  'two requests, older': [
    { max_requests_per_connection: 2 },
    [
      ['ok', 0],
      ['ok', 0],
      ['ok', 0],
    ],
  ],
  'no limit of requests': [
    common({ max_requests_per_connection: 0 }),
    [
      ['ok', 0],
      ['ok', 0],
      ['ok', 0],
    ],
  ],
  'closed while idle': [
    {},
    [
      ['ok;sleep=30;fin', 120],
      ['ok', 0],
    ],
  ],
  'reset while idle': [
    {},
    [
      ['ok;sleep=30;reset', 120],
      ['ok', 0],
    ],
  ],
  'small buffers': [
    { per_connection_buffer_limit_bytes: 100 },
    [
      ['send=HTTP/1.1 200 OK\\r\\ncontent-length: 200003\\r\\n\\r\\n{200000*x}ok\\n', 0],
      ['ok', 0],
    ],
  ],
  'qualified urls': [common({}, { send_fully_qualified_url: true }), [['ok', 0]]],
  'proper case': [common({}, { header_key_format: { proper_case_words: {} } }), [['ok', 0]]],
}
const NAMES = Object.keys(CASES).map((name, i) => [`c${i}`, name, CASES[name]!] as const)

async function traffic(side: Side): Promise<void> {
  let lines = 0
  for (const [id, name, [, requests]] of NAMES) {
    for (const [script, pause] of requests) {
      using client = await side.connect('front')
      client.write(`GET /${id} HTTP/1.1\r\nhost: a\r\nx-do: ${script}\r\n\r\n`)
      await client.until(/ok\n$/)
      await side.logLines('access.log', ++lines)
      await Bun.sleep(30 + pause)
    }
    const stats = await side.stats()
    const of = (stat: string): unknown => stats[`cluster.${id}.upstream_cx_${stat}`]
    side.note(name, [of('total'), of('active'), of('destroy_local'), of('destroy_remote')])
  }
  await side.noteLog('access.log', lines)
  side.note(
    'received',
    side.receivedBy('app').map((text) => text.replaceAll(/^x-envoy-expected.*\r\n/gim, '')),
  )
}

differential('how long connections to hosts are kept', {
  faulty: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: NAMES.map(([id]) => ({ ...routeTo(id), match: { path: `/${id}` } })),
          extra: {
            access_log: [
              fileLog(
                'access.log',
                textFormat('%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT% %UPSTREAM_LOCAL_CLOSE_REASON%'),
              ),
            ],
          },
        }),
      ],
      clusters: NAMES.map(([id, , [more]]) => staticCluster(id, [port('app')], more)),
    },
  }),
  stats: /^cluster\.c\d+\.upstream_(?:cx|rq)/,
  volatile: /bytes_(?:total|buffered)|flow_control|remaining/,
  traffic,
})
