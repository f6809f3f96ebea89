/* Upstreams that break off, or whose responses are malformed. */
import { differentialFaults, getAndPost } from './support/fault-case.ts'

const HEAD = 'HTTP/1.1 200 OK\\r\\n'
const TEN = `send=${HEAD}content-length: 10\\r\\n\\r\\n01234`
const CHUNKED = `send=${HEAD}transfer-encoding: chunked\\r\\n\\r\\n5\\r\\n01234\\r\\n`

/** Each for a GET and for a POST with a body. */
const SCRIPTS: Readonly<Record<string, string>> = {
  reset: 'reset',
  fin: 'fin',
  'reset in the status line': 'send=HTTP/1.1 2;sleep=60;reset',
  'fin in the status line': 'send=HTTP/1.1 2;sleep=60;fin',
  'reset in the head': `send=${HEAD}x-a: 1\\r\\n;sleep=60;reset`,
  'fin in the head': `send=${HEAD}x-a: 1\\r\\n;sleep=60;fin`,
  'reset in the body': `${TEN};sleep=60;reset`,
  'fin in the body': `${TEN};sleep=60;fin`,
  'reset in chunks': `${CHUNKED};sleep=60;reset`,
  'fin in chunks': `${CHUNKED};sleep=60;fin`,
  'fin in the last chunk': `${CHUNKED};send=0\\r\\n;sleep=60;fin`,
  'body until reset': `send=${HEAD}\\r\\n01234;sleep=60;reset`,
  'body until fin': `send=${HEAD}\\r\\n01234;sleep=60;fin`,
  'until fin, no body': `send=${HEAD}\\r\\n;sleep=60;fin`,
  'reply, then fin': 'ok;fin',
  'reply, then reset': 'ok;sleep=60;reset',
  'connection: close': `send=${HEAD}connection: close\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n;sleep=60;fin`,
  'HTTP/1.0': 'send=HTTP/1.0 200 OK\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n;sleep=60;fin',
  'HTTP/1.0 until fin': 'send=HTTP/1.0 200 OK\\r\\n\\r\\nok\\n;sleep=60;fin',
  garbage: 'send=this is not HTTP\\r\\n\\r\\n;hang',
  'garbage without an end': 'send=@@@@@;sleep=60;fin',
  'HTTP/2 preface': 'send=PRI * HTTP/2.0\\r\\n\\r\\n;hang',
  'HTTP/2.0 status line': 'send=HTTP/2.0 200 OK\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n',
  'a request': 'send=GET / HTTP/1.1\\r\\n\\r\\n;hang',
  'status of two digits': 'send=HTTP/1.1 20 OK\\r\\ncontent-length: 0\\r\\n\\r\\n',
  'status of four digits': 'send=HTTP/1.1 2000 OK\\r\\ncontent-length: 0\\r\\n\\r\\n;hang',
  'status 999': 'send=HTTP/1.1 999 OK\\r\\ncontent-length: 0\\r\\n\\r\\n',
  'status 099': 'send=HTTP/1.1 099 OK\\r\\ncontent-length: 0\\r\\n\\r\\n',
  'no reason': 'send=HTTP/1.1 200\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n',
  'header without colon': `send=${HEAD}nonsense\\r\\n\\r\\n;hang`,
  'header with a space': `send=${HEAD}a b: 1\\r\\ncontent-length: 0\\r\\n\\r\\n;hang`,
  'header with NUL': `send=${HEAD}a: \\0\\r\\ncontent-length: 0\\r\\n\\r\\n;hang`,
  'too many headers': `send=${HEAD}{101*x: 1\\r\\n}content-length: 0\\r\\n\\r\\n;hang`,
  'many headers': `send=${HEAD}{99*x: 1\\r\\n}content-length: 0\\r\\n\\r\\n`,
  'headers too large': `send=${HEAD}x: {90000*y}\\r\\n\\r\\n;hang`,
  'large headers': `send=${HEAD}x: {70000*y}\\r\\ncontent-length: 0\\r\\n\\r\\n`,
  'length is no number': `send=${HEAD}content-length: x\\r\\n\\r\\n;hang`,
  'length is negative': `send=${HEAD}content-length: -1\\r\\n\\r\\n;hang`,
  'two lengths': `send=${HEAD}content-length: 1\\r\\ncontent-length: 2\\r\\n\\r\\nab;hang`,
  'one length twice': `send=${HEAD}content-length: 1\\r\\ncontent-length: 1\\r\\n\\r\\na;hang`,
  'length and chunks': `send=${HEAD}content-length: 1\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n1\\r\\na\\r\\n0\\r\\n\\r\\n;hang`,
  'other coding': `send=${HEAD}transfer-encoding: gzip\\r\\n\\r\\nabc;hang`,
  'body too long': `send=${HEAD}content-length: 3\\r\\n\\r\\nok\\nmore`,
  'body too long, later': `send=${HEAD}content-length: 3\\r\\n\\r\\nok\\n;sleep=60;send=more`,
  'bad chunk size': `${CHUNKED};sleep=30;send=zz\\r\\n;hang`,
  'bad chunk size at once': `send=${HEAD}transfer-encoding: chunked\\r\\n\\r\\nzz\\r\\n;hang`,
  'chunk too long': `send=${HEAD}transfer-encoding: chunked\\r\\n\\r\\n2\\r\\nabc\\r\\n0\\r\\n\\r\\n`,
  '204 with a body': 'send=HTTP/1.1 204 No Content\\r\\ncontent-length: 3\\r\\n\\r\\nok\\n;sleep=60;fin',
  '304 with a length': 'send=HTTP/1.1 304 Not Modified\\r\\ncontent-length: 3\\r\\n\\r\\n',
  '1xx flood': 'send={100*HTTP/1.1 100 Continue\\r\\n\\r\\n};ok',
  '103 flood': 'send={100*HTTP/1.1 103 Early Hints\\r\\nlink: a\\r\\n\\r\\n};ok',
  '102 and fin': 'send=HTTP/1.1 102 Processing\\r\\n\\r\\n;sleep=60;fin',
  '100 with a length': 'send=HTTP/1.1 100 Continue\\r\\ncontent-length: 0\\r\\n\\r\\n;ok',
  '101 unasked': 'send=HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n;sleep=60;fin',
  '101 unasked, upgrade':
    'send=HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n;sleep=60;fin',
  '503 and fin': 'send=HTTP/1.1 503 No\\r\\ncontent-length: 3\\r\\n\\r\\nno\\n;fin',
  'early hints then fin': 'send=HTTP/1.1 103 Early Hints\\r\\n\\r\\n;sleep=60;reset',
  'two replies': `send={2*${HEAD}content-length: 3\\r\\n\\r\\nok\\n}`,
  'head byte by byte':
    'send=H;sleep=5;send=TTP/1.1 20;sleep=5;send=0 OK\\r;sleep=5;send=\\ncontent-length: 3\\r\\n\\r;sleep=5;send=\\nok\\n',
  'pause in the body': `${TEN};sleep=300;send=56789`,
  trailers: `${CHUNKED};send=0\\r\\nx-t: 1\\r\\n\\r\\n`,
  'header with underscore': `send=${HEAD}x_a: 1\\r\\ncontent-length: 0\\r\\n\\r\\n`,
  'host header and hop by hop': `send=${HEAD}keep-alive: 5\\r\\nproxy-connection: close\\r\\nhost: x\\r\\ncontent-length: 0\\r\\n\\r\\n`,
}

const trailers = (lines: string): string => `${CHUNKED};sleep=30;send=0\\r\\n${lines}\\r\\n;sleep=60;fin`

/** Of a response in chunks; nobody asked for them. */
const TRAILERS: Readonly<Record<string, string>> = {
  'without a colon': trailers('x t\\r\\n'),
  'a name with a space': trailers('x t: 1\\r\\n'),
  'a name with a bracket': trailers('x(t: 1\\r\\n'),
  'no name': trailers(': 1\\r\\n'),
  'NUL in a name': trailers('x\\0: 1\\r\\n'),
  'NUL in a value': trailers('x: \\0\\r\\n'),
  folded: trailers('x: 1\\r\\n 2\\r\\n'),
  'folded at once': trailers(' x: 1\\r\\n'),
  'bare LF': trailers('x: 1\\n'),
  'CR in a name': trailers('x\\r: 1\\r\\n'),
  'CR in a value': trailers('x: 1\\r2\\r\\n'),
  'too large': trailers('x: {90000*y}\\r\\n'),
  framing: trailers('content-length: 5\\r\\ntransfer-encoding: chunked\\r\\n'),
  'an underscore': trailers('x_t: 1\\r\\n'),
  cut: `${CHUNKED};sleep=30;send=0\\r\\nx: 1\\r\\n;sleep=60;fin`,
}

differentialFaults('faults of upstreams: GET and POST', getAndPost(SCRIPTS))

const line = (status: string): string => `send=HTTP/1.1 ${status}\\r\\nx-a: ${status}\\r\\n\\r\\n`

const INTERIM: Readonly<Record<string, string>> = {
  'one after the other': [
    line('100 Continue'),
    line('103 Early Hints'),
    line('100 Continue'),
    line('102 Processing'),
    'ok',
  ].join(';sleep=20;'),
  '103 first': [line('103 Early Hints'), line('100 Continue'), 'ok'].join(';sleep=20;'),
  'at once': `send={3*HTTP/1.1 103 Early Hints\\r\\n\\r\\n};ok`,
  'of an unknown kind': [line('150 What'), line('100 Continue'), 'ok'].join(';sleep=20;'),
  'before the request is whole': `now;${line('100 Continue')};sleep=20;ok`,
}
for (const proxy_100_continue of [false, true]) {
  differentialFaults(`interim responses, proxy_100_continue ${proxy_100_continue}`, getAndPost(INTERIM), {
    proxy_100_continue,
  })
}
differentialFaults('faults of upstreams: trailers that nobody asked for', [
  ...getAndPost(TRAILERS),
  ...getAndPost({ many: trailers('{200*x: 1\\r\\n}') }),
])
differentialFaults(
  'faults of upstreams: trailers that are wanted',
  getAndPost(TRAILERS, {
    cluster: {
      typed_extension_protocol_options: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
          explicit_http_config: { http_protocol_options: { enable_trailers: true } },
        },
      },
    },
  }),
)
