/* Bytes that no honest client sends: a clear refusal with its flag and counter, and what is let through is let through alike. */
import { direct, httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const REFUSAL = '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %BYTES_SENT%'

const PATHS = [
  '/a/../../etc/passwd',
  '/a/%2e%2e/%2e%2e/etc',
  '/a/..%2f..%2fetc',
  '/a/..;/b',
  '/a/.%2e/b',
  '//a///b//?x=//y',
  '/a%00b',
  '/%zz',
  String.raw`/a\..\b`,
  '/%5c..%5cx',
  '/%252e%252e/x',
  '/a%2',
  '/%c0%ae%c0%ae/',
  '/...',
  '/..',
  '/a;b=c/../d',
  '/a#b',
  '/a%23b',
  'http://h/../x',
  'http://h?x',
  '*',
  'a/b',
  '/a^{}`<>"|',
]

const HEAD = 'GET / HTTP/1.1\r\nhost: a\r\n'
const CHUNKED = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'

const BYTES: Readonly<Record<string, string>> = {
  'a folded line': `${HEAD} x: y\r\n\r\n`,
  'a space before the colon': 'GET / HTTP/1.1\r\nhost : a\r\n\r\n',
  'no name': `${HEAD}: a\r\n\r\n`,
  'no colon': `${HEAD}foo\r\n\r\n`,
  'a NUL': `${HEAD}x: a\0b\r\n\r\n`,
  'a chunk of too many digits': `${CHUNKED}FFFFFFFFFFFFFFFFF\r\n`,
  'a bare CR in an extension': `${CHUNKED}1;ext="\r\n"\r\na\r\n0\r\n\r\n`,
  'a length of 20 digits': 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999\r\n\r\n',
  'two lengths': 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nabcde',
  'many nominated headers': `${HEAD}connection: a,b,c,d,e,f,g,h,i,j,k\r\n\r\n`,
  'a nominated pseudo-header': `${HEAD}connection: :path\r\n\r\n`,
  'length and coding': `POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n`,
  'an unknown coding': `${HEAD}transfer-encoding: xchunked\r\n\r\n`,
  'a space in the host': 'GET / HTTP/1.1\r\nhost: a b\r\n\r\n',
  'a handshake of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'a version too many': 'GET / HTTP/1.10\r\nhost: a\r\n\r\n',
  'a large value': `${HEAD}x: ${'A'.repeat(4200)}\r\n\r\n`,
  'a large name': `${HEAD}${'A'.repeat(5000)}: x\r\n\r\n`,
  'a large path': `GET /${'a'.repeat(5000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
  'a method without end': 'G'.repeat(5000),
  'a head without end': `${HEAD}${'x: y\r\n'.repeat(5000)}`,
  'too many headers': `${HEAD}${Array.from({ length: 30 }, (_, i) => `x${i}: 1\r\n`).join('')}\r\n`,
  'trailers without end': `${CHUNKED}1\r\na\r\n0\r\n${'t: v\r\n'.repeat(3000)}`,
}

differential('hostile requests', {
  backends: ['app'],
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [direct('/direct', 'hi'), routeTo('app')],
          extra: {
            codec_type: 'HTTP1',
            normalize_path: true,
            merge_slashes: true,
            path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD',
            max_request_headers_kb: 4,
            common_http_protocol_options: { max_headers_count: 20 },
            delayed_close_timeout: '0.05s',
            access_log: [fileLog('access.log', textFormat(REFUSAL))],
          },
        }),
      ],
      clusters: [staticCluster('app', [port('app')])],
    },
  }),
  stats:
    /^http\.ingress\.downstream_(?:rq_4xx|rq_5xx|cx_protocol_error|rq_failed_path|rq_non_relative|rq_total|rq_rx_reset)/,
  traffic: async (side) => {
    for (const path of PATHS) await side.send(path, 'front', `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`)
    for (const [name, bytes] of Object.entries(BYTES)) await side.send(name, 'front', bytes)
    await side.send('QUERY without a type', 'front', 'QUERY / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nq')
    await side.request('QUERY with a type', 'front', 'QUERY /direct', 'content-type: x')
    await side.send('and it lives on', 'front', 'GET /direct HTTP/1.1\r\nhost: a\r\n\r\n')
    await side.noteLog('access.log', PATHS.length + Object.keys(BYTES).length + 3)
    side.noteSeen('app')
  },
})
