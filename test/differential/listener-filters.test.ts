/* Filters of listeners beside the real Envoy: what they see, how long they may take, how they end. */
import { differential } from './support/differential.ts'
import { chain, exchange, filteredListener, listenerFilter } from './support/listener-case.ts'

const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
const httpInspector = (entry: object = {}): object => listenerFilter('http_inspector', 'HttpInspector', {}, entry)
/** What counts at the listener itself. */
const LISTENER_STATS = (names: string): RegExp =>
  new RegExp(`_inspector|^listener\\.(?:${names})\\.(?!.*(?:length|accepted|worker_|http\\.|cx_active))`)

const BY_PROTOCOL = [
  chain('eleven', { application_protocols: ['http/1.1'] }),
  chain('ten', { application_protocols: ['http/1.0'] }),
  chain('none', undefined),
]

const FIRST_LINES = [
  'GET / HTTP/1.1\r\n',
  'GET / HTTP/1.0\r\n',
  'GET /\r\n',
  'get / HTTP/1.1\r\n',
  'GET / HTTP/1.2\r\n',
  'GET  /  HTTP/1.1 \r\n',
  'GET / http/1.1\r\n',
  'GET / HTTP/1.10\r\n',
  '\r\nGET / HTTP/1.1\r\n',
  'F{} / HTTP/1.1\r\n',
  'GET\r\n',
  'POST http:/a HTTP/1.1\r\n',
  'GET /\x01 HTTP/1.1\r\n',
  '\x16\x03\x01\0\x05abcde',
]

differential('http_inspector: filter chains by the version of HTTP', {
  bootstrap: () => ({
    static_resources: { listeners: [filteredListener('inspected', [httpInspector()], { filter_chains: BY_PROTOCOL })] },
  }),
  stats: /http_inspector|^http\.(?:eleven|ten|none)\.downstream_cx_total/,
  traffic: async (side) => {
    for (const line of FIRST_LINES) {
      const bytes = Buffer.from(`${line}host: a\r\nconnection: close\r\n\r\n`, 'latin1')
      // A reset may overtake what was answered.
      await exchange(side, 'inspected', { pieces: [bytes], waitMs: 150 })
    }
    const slowly = Array.from(Buffer.from(REQUEST), (byte) => Uint8Array.of(byte))
    side.note('slowly', await exchange(side, 'inspected', { pieces: slowly }))
    const long = `GET /${'a'.repeat(50_000)} HTTP/1.1\r\n`
    side.note('long', (await exchange(side, 'inspected', { pieces: [long], waitMs: 150 })).slice(0, 4))
    side.note('endless', await exchange(side, 'inspected', { pieces: ['a'.repeat(70_000)] }))
  },
})

differential('listener filters: out of time, and clients that leave', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        filteredListener('closes', [httpInspector()], { listener_filters_timeout: '0.3s' }),
        filteredListener('goes-on', [httpInspector()], {
          listener_filters_timeout: '0.3s',
          continue_on_listener_filters_timeout: true,
        }),
        filteredListener('no-limit', [httpInspector()], { listener_filters_timeout: '0s' }),
        filteredListener('disabled', [httpInspector({ filter_disabled: { any_match: true } })]),
        filteredListener('nowhere', [httpInspector()], {
          filter_chains: [chain('tls', { transport_protocol: 'tls' })],
        }),
      ],
    },
  }),
  stats: LISTENER_STATS('closes|goes-on|no-limit|disabled|nowhere'),
  traffic: async (side) => {
    side.note('nothing', await exchange(side, 'closes', { pieces: [], waitMs: 1500 }))
    side.note('a part', await exchange(side, 'closes', { pieces: ['GET '], waitMs: 1500 }))
    side.note('an end', await exchange(side, 'closes', { pieces: [], ends: true }))
    await side.noteLog('closes', 3)
    const halves = { pieces: ['GET '], waitMs: 450 }
    side.note('goes on', await exchange(side, 'goes-on', halves))
    await side.noteLog('goes-on', 1)
    side.note('no limit', await exchange(side, 'no-limit', { ...halves, waitMs: 600 }))
    side.note('disabled by rule', await exchange(side, 'disabled', { pieces: [REQUEST] }))
    side.note('no chain', await exchange(side, 'nowhere', { pieces: [REQUEST] }))
    await side.noteLog('nowhere', 1)
  },
})

function stateValue(key: string, format: string, fields: object = {}): object {
  const text = { text_format_source: { inline_string: format } }
  return { object_key: key, factory_key: 'envoy.string', format_string: text, ...fields }
}

differential('listener filters: rates, and filter state in their order', {
  bootstrap: () => {
    const bucket = { max_tokens: 2, tokens_per_fill: 1, fill_interval: '100s' }
    const limit = (statPrefix: string, fields: object = {}): object =>
      listenerFilter('local_ratelimit', 'LocalRateLimit', { stat_prefix: statPrefix, token_bucket: bucket, ...fields })
    const state = (format: string): object =>
      listenerFilter('set_filter_state', 'Config', { on_accept: [stateValue('state', format)] })
    const proxy = listenerFilter('proxy_protocol', 'ProxyProtocol')
    return {
      static_resources: {
        listeners: [
          filteredListener('limited', [limit('limited')]),
          filteredListener('unlimited', [
            limit('off', { runtime_enabled: { default_value: false, runtime_key: 'k' } }),
          ]),
          filteredListener('before', [state('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%'), proxy]),
          filteredListener('behind', [proxy, state('%DOWNSTREAM_REMOTE_ADDRESS%')]),
        ],
      },
    }
  },
  stats: /ratelimit|^listener\.(?:limited|unlimited)\.(?!.*(?:length|accepted|worker_|http\.|cx_active))/,
  traffic: async (side) => {
    for (const listener of ['limited', 'unlimited']) {
      for (const turn of [1, 2, 3]) {
        const answer = await exchange(side, listener, { pieces: [REQUEST] })
        // Whether the request was there when the connection closed is a matter of luck, on either side.
        side.note(`${listener} ${turn}`, answer === 'reset ' ? 'end ' : answer)
        await side.logLines(listener, turn)
      }
      await side.noteLog(listener, 3)
    }
    for (const listener of ['before', 'behind']) {
      const pieces = [`PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${REQUEST}`]
      side.note(`${listener} PROXY`, await exchange(side, listener, { pieces }))
      await side.noteLog(listener, 1)
    }
  },
})
