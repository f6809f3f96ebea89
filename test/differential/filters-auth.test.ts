/* basic_auth and api_key_auth against the real ones. */
import { routeTo } from '../support/configs.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry, perFilter } from './support/filter-case.ts'
import type { Side } from './support/side.ts'

const PASSWORD = '{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M='
const EMPTY = '{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk='

function basic(text: string): string {
  return `authorization: Basic ${Buffer.from(text, 'latin1').toString('base64')}`
}

/** Whatever holds a secret, as the admin server shows it. */
async function noteSecrets(side: Side): Promise<void> {
  await side.noteAdmin('/config_dump', (text) => text.match(/"(?:inline_string|key|client)": .*/g))
}

const users = (text: string): object => ({ users: { inline_string: text } })

const CREDENTIALS = [
  [],
  ['authorization:'],
  ['authorization: Basic'],
  ['authorization: Bearer x'],
  ['authorization: basic dXNlcjp0ZXN0=='],
  ['authorization: Basic  dXNlcjp0ZXN0=='],
  ['authorization: Basic dXNlcjp0ZXN0='],
  ['authorization: Basic dXNlcjp0ZXN0OjE'],
  ['authorization: Basic YR=='],
  [basic('user:test')],
  [basic('user:test'), 'authorization: x'],
  [basic('user:wrong')],
  [basic('empty:')],
  [basic('nobody')],
  [basic('nobody:test')],
  ['x-auth: Basic dXNlcjp0ZXN0=='],
  [basic('user:test'), 'x-user: fake'],
  ['content-type: application/grpc'],
]

for (const [name, config] of Object.entries({
  'the defaults': {},
  'who says nothing passes': { allow_missing: true, emit_dynamic_metadata: true, forward_username_header: 'X-User' },
  'headers and realm': { authentication_header: 'X-Auth', realm: 'a "b" \\ ü', forward_username_header: 'x-user' },
})) {
  differentialFilters(`basic_auth: ${name}`, {
    filters: [
      filterEntry('basic_auth', 'basic_auth.v3.BasicAuth', {
        ...users(`# users\nuser:${PASSWORD}\n\nempty:${EMPTY}`),
        ...config,
      }),
    ],
    routes: [
      {
        ...routeTo('app', '/own'),
        ...perFilter('basic_auth', 'basic_auth.v3.BasicAuthPerRoute', { ...users(`nobody:${PASSWORD}`), realm: 'own' }),
      },
      { ...routeTo('app', '/theirs'), ...perFilter('basic_auth', 'basic_auth.v3.BasicAuthPerRoute', users('')) },
      routeTo('app'),
    ],
    requests: ['/?"q"', '/own', '/theirs'].flatMap((path) =>
      CREDENTIALS.map((headers): RequestRow => [`${path} ${headers.join()}`, `GET ${path}`, headers]),
    ),
    stats: /basic_auth/,
    log: '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS% %DYNAMIC_METADATA(envoy.filters.http.basic_auth)%',
    afterwards: noteSecrets,
  })
}

const KEYS = {
  credentials: [
    { key: 'k1', client: 'c1' },
    { key: 'k 2', client: 'c2' },
    { key: 'ü', client: 'c3' },
  ],
}
const SOURCES = { key_sources: [{ header: 'X-Key' }, { query: 'key' }, { cookie: 'key' }] }
const API_KEY_ROUTE = 'api_key_auth.v3.ApiKeyAuthPerRoute'

differentialFilters('api_key_auth: sources, clients, what goes on, routes', {
  filters: [
    filterEntry('api_key_auth', 'api_key_auth.v3.ApiKeyAuth', {
      ...KEYS,
      ...SOURCES,
      forwarding: { header: 'X-Client', hide_credentials: true },
    }),
  ],
  routes: [
    { ...routeTo('app', '/first'), ...perFilter('api_key_auth', API_KEY_ROUTE, { allowed_clients: ['c1'] }) },
    {
      ...routeTo('app', '/own'),
      ...perFilter('api_key_auth', API_KEY_ROUTE, {
        credentials: [{ key: 'k4', client: 'c4' }],
        key_sources: [{ header: 'authorization' }],
        forwarding: { header: 'x-own' },
      }),
    },
    routeTo('app'),
  ],
  requests: [
    ...['k1', 'Bearer k1', 'bearer k1', 'Bearer  k1', 'k 2', 'bad', '', 'Bearer', '\xc3\xbc'].map((key): RequestRow => [
      `header ${key}`,
      'GET /',
      [`x-key: ${key}`],
    ]),
    ...['?key=k1', '?a=b&key=k%202&z=%41', '?key=&key=k1', '?key=k1&key=bad', '?key=%C3%BC', '?key=k+2'].map(
      (query): RequestRow => [`query ${query}`, `GET /${query}`],
    ),
    ...[
      'key=k1',
      'a=b; key=k1;c=d',
      'key="k1"',
      'key=bad; key=k1',
      'a; key=k1; b',
      'key = k1',
      'z="q";key=k1;y =  x',
    ].map((cookie): RequestRow => [`cookie ${cookie}`, 'GET /', [`cookie: ${cookie}`, 'cookie: more=1']]),
    ...['/first', '/own'].flatMap((path) =>
      [['x-key: k1'], ['x-key: k 2'], ['authorization: Bearer k4'], []].map((headers): RequestRow => [
        `${path} ${headers.join()}`,
        `GET ${path}`,
        headers,
      ]),
    ),
  ],
  stats: /api_key_auth/,
  log: '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_CODE_DETAILS%',
  afterwards: noteSecrets,
})

for (const [name, config] of Object.entries({ 'no sources': KEYS, 'no credentials': SOURCES })) {
  differentialFilters(`api_key_auth: ${name}`, {
    filters: [filterEntry('api_key_auth', 'api_key_auth.v3.ApiKeyAuth', config)],
    requests: [['a key', 'GET /', ['x-key: k1']]],
    stats: /api_key_auth/,
    log: '%RESPONSE_CODE% %RESPONSE_CODE_DETAILS%',
  })
}
