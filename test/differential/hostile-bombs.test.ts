/*
 * Bombs against the limits that hold when nobody sets any, and patterns that take other engines forever: everything is refused
 * or passed on alike, with the same flag and the same counters, and the worker goes on.
 */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import type { Side } from './support/side.ts'

const LINE = textFormat(
  '%REQ(:METHOD)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %BYTES_RECEIVED% %BYTES_SENT%',
)
const STATS = /^http\.ingress\.(?:downstream_(?:rq_|cx_protocol_error|cx_destroy_local|cx_total)|rq_)|^http1\./

const HEAD = 'GET /direct HTTP/1.1\r\nhost: a\r\n'
const POST = 'POST / HTTP/1.1\r\nhost: a\r\n'
const CHUNKED = `${POST}transfer-encoding: chunked\r\n\r\n`
const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('')
const TINY = many(3000, () => '1\r\na\r\n')

const HEADERS: Readonly<Record<string, string>> = {
  '99 headers': `${HEAD}${many(98, (i) => `x${i}: 1\r\n`)}\r\n`,
  '101 headers': `${HEAD}${many(100, (i) => `x${i}: 1\r\n`)}\r\n`,
  '10,000 headers': `${HEAD}${many(10_000, (i) => `x${i}: 1\r\n`)}\r\n`,
  'one name a hundred times': `${HEAD}${many(99, () => 'cookie: a=b\r\n')}\r\n`,
  'a value of 59 KiB': `${HEAD}x: ${'a'.repeat(59 * 1024)}\r\n\r\n`,
  'a value of 61 KiB': `${HEAD}x: ${'a'.repeat(61 * 1024)}\r\n\r\n`,
  'a value of a mebibyte': `${HEAD}x: ${'a'.repeat(1024 * 1024)}\r\n\r\n`,
  'a value without end': `${HEAD}x: ${'a'.repeat(200_000)}`,
  'a name without end': `${HEAD}${'a'.repeat(200_000)}`,
  'a path of 60 KiB': `GET /direct/${'a'.repeat(60 * 1024)} HTTP/1.1\r\nhost: a\r\n\r\n`,
  'a host of 59 KiB': `GET /direct HTTP/1.1\r\nhost: ${'a'.repeat(59 * 1024)}\r\n\r\n`,
  'a method of 1,000 letters': `${'G'.repeat(1000)} /direct HTTP/1.1\r\nhost: a\r\n\r\n`,
  'empty lines first': `${'\r\n'.repeat(5000)}${HEAD}\r\n`,
  'spaces first': `${' '.repeat(100_000)}${HEAD}\r\n`,
  'spaces in front of a value': `${HEAD}x:${' '.repeat(50_000)}y\r\n\r\n`,
  'spaces behind a value': `${HEAD}x: y${' '.repeat(50_000)}\r\n\r\n`,
  'bytes of other alphabets': `${HEAD}x: ${'\xff\xfe\x80'.repeat(1000)}\r\n\r\n`,
  'control characters': `${HEAD}x: ${'\x01'.repeat(10)}\r\n\r\n`,
  'a name of control characters': `${HEAD}\x01\x02: y\r\n\r\n`,
  'a DEL': `${HEAD}x: a\x7fb\r\n\r\n`,
  'two hosts': `${HEAD}host: b\r\n\r\n`,
  'no host': 'GET /direct HTTP/1.1\r\n\r\n',
  'an empty host': 'GET /direct HTTP/1.1\r\nhost:\r\n\r\n',
  'a port that is none': 'GET /direct HTTP/1.1\r\nhost: a:b\r\n\r\n',
  'a version of the past': 'GET /direct HTTP/0.9\r\n\r\n',
  'a version of the future': 'GET /direct HTTP/3.0\r\nhost: a\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'nothing but a line end': '\n\n\n\nGET\n\n',
}

const BODIES: Readonly<Record<string, string>> = {
  'three thousand chunks': `${CHUNKED}${TINY}0\r\n\r\n`,
  'extensions of 50 KiB': `${CHUNKED}1;${'e'.repeat(50_000)}\r\na\r\n0\r\n\r\n`,
  'extensions of a mebibyte': `${CHUNKED}1;${'e'.repeat(1_048_576)}\r\na\r\n0\r\n\r\n`,
  'zeros in front of a size': `${CHUNKED}${'0'.repeat(14)}1\r\na\r\n0\r\n\r\n`,
  'many zeros in front of a size': `${CHUNKED}${'0'.repeat(1000)}1\r\na\r\n0\r\n\r\n`,
  'a negative size': `${CHUNKED}-1\r\na\r\n0\r\n\r\n`,
  'a size of 16 digits': `${CHUNKED}7fffffffffffffff\r\na`,
  'a size with a prefix': `${CHUNKED}0x1\r\na\r\n0\r\n\r\n`,
  'a chunk that is longer': `${CHUNKED}1\r\nab\r\n0\r\n\r\n`,
  'no line end behind a chunk': `${CHUNKED}1\r\na0\r\n\r\n`,
  'a bare line feed behind a size': `${CHUNKED}1\na\n0\n\n`,
  trailers: `${CHUNKED}0\r\nx: y\r\n\r\n`,
  'trailers that must not be': `${CHUNKED}0\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\nhost: b\r\n\r\n`,
  'a thousand trailers': `${CHUNKED}0\r\n${many(1000, (i) => `t${i}: v\r\n`)}\r\n`,
  'trailers without end': `${CHUNKED}0\r\n${'t: v\r\n'.repeat(20_000)}`,
  'a trailer of 70 KiB': `${CHUNKED}0\r\nt: ${'v'.repeat(70_000)}\r\n\r\n`,
  'a negative length': `${POST}content-length: -1\r\n\r\n`,
  'a length with a sign': `${POST}content-length: +1\r\n\r\na`,
  'a length with digits behind': `${POST}content-length: 1,1\r\n\r\na`,
  'an empty length': `${POST}content-length:\r\n\r\n`,
  'a length in hexadecimal': `${POST}content-length: 0x1\r\n\r\na`,
  'a length of 2⁶³': `${POST}content-length: 9223372036854775808\r\n\r\n`,
  'codings in a list': `${POST}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  'chunked twice': `${POST}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n`,
  'chunked in two lines': `${POST}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'chunked in capitals': `${POST}transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n`,
  'chunked with a tab': `${POST}transfer-encoding:\tchunked\r\n\r\n0\r\n\r\n`,
  identity: `${POST}transfer-encoding: identity\r\n\r\n`,
  'a GET with a body': `GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\na`,
  'an upgrade with a body': `${POST}connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 1\r\n\r\na`,
}

/** The first reply is what counts; requests that wait for more get none. */
async function bombs(side: Side, bytes: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, each] of Object.entries(bytes)) {
    using client = await side.connect('front')
    client.write(each)
    const limit = performance.now() + 700
    while (!client.received().includes('\r\n\r\n') && performance.now() < limit) await Bun.sleep(10)
    await Bun.sleep(20)
    side.note(name, client.received().replace(/date: .*\r\n/g, ''))
    client.destroy()
  }
}

for (const [name, bytes, options] of [
  ['heads', HEADERS, {}],
  ['bodies', BODIES, {}],
  ['bodies where trailers are taken', BODIES, { enable_trailers: true }],
  ['bodies where both may stand', BODIES, { allow_chunked_length: true, enable_trailers: true }],
  ['heads of HTTP/1.0', HEADERS, { accept_http_10: true, default_host_for_http_10: 'old.test' }],
] as const) {
  differential(`bombs: ${name}`, {
    backends: ['app'],
    bootstrap: (port) => ({
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: [direct('/direct', 'hi'), routeTo('app')],
            extra: {
              codec_type: 'HTTP1',
              delayed_close_timeout: '0.05s',
              http_protocol_options: options,
              access_log: [fileLog('access.log', LINE)],
            },
          }),
        ],
        clusters: [staticCluster('app', [port('app')])],
      },
    }),
    stats: STATS,
    volatile: /downstream_rq_time|cx_destroy_local/,
    traffic: async (side) => {
      await bombs(side, bytes)
      await side.request('and it lives on', 'front', 'GET /direct')
      await side.noteLog('access.log', Object.keys(bytes).length + 1)
      side.noteSeen('app')
    },
  })
}

const PATTERNS = ['(a+)+$', '(a|aa)+$', '(.*a){9}$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(x+x+)+y', '[a-z]*[a-z]*[a-z]*!']

differential('bombs: patterns', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [
            ...PATTERNS.map((regex, i) => ({
              match: { safe_regex: { regex: `/p${i}/${regex.replace(/^\^/, '')}` } },
              direct_response: { status: 200, body: { inline_string: `${i}` } },
            })),
            ...PATTERNS.map((regex, i) => ({
              match: { prefix: '/h', headers: [{ name: `x${i}`, string_match: { safe_regex: { regex } } }] },
              direct_response: { status: 200, body: { inline_string: `h${i}` } },
            })),
            direct('/', 'none'),
          ],
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  traffic: async (side) => {
    const begun = performance.now()
    for (const [i] of PATTERNS.entries()) {
      for (const text of [`${'a'.repeat(30_000)}!`, 'a'.repeat(30_000), `${'x'.repeat(20_000)}`, 'aaaB']) {
        await side.request(`path ${i} ${text.length}`, 'front', `GET /p${i}/${text}`)
        await side.request(`header ${i} ${text.length}`, 'front', 'GET /h', `x${i}: ${text}`)
      }
    }
    side.note('within ten seconds', performance.now() - begun < 10_000)
  },
})
