/*
 * RouteMatch with everything it can ask for, by chance but the same in every run: one virtual host a match, and requests that
 * nearly match. What does not match falls through to the next route, so that a reply tells yes from no.
 */
import { httpListener } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const TEMPLATE = 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'
const PATHS = ['/', '/a', '/a/', '/A', '/a/b', '/ab', '/a;p=1', '/a;p=1/b', '/%61', '/a//b', '/é', '/a/b/c.d']
const VALUES = [
  '1',
  '2',
  'a',
  'A',
  'ab',
  'a b',
  '',
  '10',
  '-1',
  '+1',
  '007',
  '1.0',
  '9223372036854775807',
  'a,b',
  '"a"',
]

class Matches {
  readonly #dice: Dice

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  next(): object {
    const dice = this.#dice
    const kinds: (() => object)[] = [
      () => ({ headers: dice.some(1, 2, () => this.#header()) }),
      () => ({ query_parameters: dice.some(1, 2, () => this.#query()) }),
      () => ({ cookies: dice.some(1, 2, () => this.#cookie()) }),
      () => ({ grpc: {} }),
      () => ({ runtime_fraction: this.#fraction() }),
      () => ({ dynamic_metadata: [this.#metadata()] }),
      () => ({ filter_state: [this.#state()] }),
      () => ({
        tls_context: dice.oneOf<object>([{}, { presented: false }, { presented: true }, { validated: false }]),
      }),
    ]
    if (dice.oneIn(3)) return this.#path()
    const asks = dice.some(1, 2, () => dice.oneOf(kinds)())
    return Object.assign(dice.oneIn(3) ? this.#path() : { prefix: '/' }, ...asks) as object
  }

  #path(): object {
    const dice = this.#dice
    const cases = dice.oneIn(2) ? {} : { case_sensitive: dice.oneIn(2) }
    switch (dice.roll(9)) {
      case 0:
      case 1:
        return { prefix: dice.oneOf([...PATHS, '/a?', '']), ...cases }
      case 2:
      case 3:
        return { path: dice.oneOf([...PATHS, '/a?q=1', '*']), ...cases }
      case 4:
        return { path_separated_prefix: dice.oneOf(['/a', '/A', '/a/b', '/%61', '/a;p=1', '/é']), ...cases }
      case 5:
      case 6:
        return {
          safe_regex: {
            regex: dice.oneOf([
              '/a',
              '/a.*',
              '(?i)/a',
              '/[a-z]+/?',
              '.*b',
              '/a\\b.*',
              '^/a$',
              '|/a',
              '/[^/]*',
              '.*\\?.*',
            ]),
          },
          ...cases,
        }
      case 7: {
        const path_template = dice.oneOf([
          '/*',
          '/a/*',
          '/**',
          '/{x}',
          '/a/{y=**}',
          '/{x}/b',
          '/a/**.d',
          '/{a=a/*}/c.d',
        ])
        return { path_match_policy: { name: 't', typed_config: { '@type': TEMPLATE, path_template } }, ...cases }
      }
      default:
        return { connect_matcher: {} }
    }
  }

  #text(): object {
    const dice = this.#dice
    const value = dice.oneOf(['1', 'a', 'A', 'ab', 'a b', 'b', '10'])
    const folds = dice.oneIn(3) ? { ignore_case: true } : {}
    return dice.oneOf<() => object>([
      () => ({ exact: dice.oneOf([value, '']), ...folds }),
      () => ({ prefix: value, ...folds }),
      () => ({ suffix: value, ...folds }),
      () => ({ contains: value, ...folds }),
      () => ({ safe_regex: { regex: dice.oneOf(['a', 'a.*', '\\d+', '|a', '[^a]*', '(?i)A']) } }),
    ])()
  }

  #header(): object {
    const dice = this.#dice
    const value = dice.oneOf(['1', 'a', 'ab', '/a', 'GET', 'm'])
    const flags = {
      ...(dice.oneIn(2) ? { invert_match: true } : {}),
      ...(dice.oneIn(3) ? { treat_missing_header_as_empty: true } : {}),
    }
    const name = dice.oneOf(['x-a', 'X-A', 'x-b', ':method', ':path', ':authority', 'host', ':scheme', 'cookie', 'via'])
    const kind = dice.oneOf<() => object>([
      () => ({ string_match: this.#text() }),
      () => ({ string_match: this.#text() }),
      () => ({ range_match: { start: dice.oneOf([-1, 0, 1, 10]), end: dice.oneOf([0, 1, 2, '9223372036854775807']) } }),
      () => ({ present_match: dice.oneIn(2) }),
      () => ({}),
      () => ({ exact_match: value }),
      () => ({ prefix_match: value }),
      () => ({ suffix_match: value }),
      () => ({ contains_match: value }),
      () => ({ safe_regex_match: { regex: dice.oneOf(['a.*', '\\d*', '.']) } }),
    ])()
    return { name, ...kind, ...flags }
  }

  #query(): object {
    const dice = this.#dice
    const kind = dice.oneOf<() => object>([
      () => ({ string_match: this.#text() }),
      () => ({ string_match: this.#text() }),
      () => ({ present_match: dice.oneIn(2) }),
      () => ({}),
    ])()
    return { name: dice.oneOf(['q', 'Q', 'a b', '%71', 'r', 'é']), ...kind }
  }

  #cookie(): object {
    const dice = this.#dice
    const invert = dice.oneIn(2) ? { invert_match: true } : {}
    return { name: dice.oneOf(['c', 'C', 'd', 'e e']), string_match: this.#text(), ...invert }
  }

  #fraction(): object {
    const dice = this.#dice
    const denominator = dice.oneOf(['HUNDRED', 'TEN_THOUSAND', 'MILLION'])
    const all = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 }[denominator]!
    return {
      default_value: { numerator: dice.oneOf([0, all]), denominator },
      runtime_key: dice.oneOf(['', 'none', 'on', 'off', 'number', 'full', 'text']),
    }
  }

  #metadata(): object {
    const dice = this.#dice
    const value = dice.oneOf<object>([
      { string_match: this.#text() },
      { present_match: true },
      { bool_match: true },
      { double_match: { exact: 3 } },
      { double_match: { range: { start: 2, end: 3 } } },
      { null_match: {} },
      { list_match: { one_of: { string_match: { exact: 'b' } } } },
      { or_match: { value_matchers: [{ bool_match: false }, { string_match: { prefix: 'a' } }] } },
    ])
    const path = dice.oneOf([
      ['text'],
      ['flag'],
      ['number'],
      ['list'],
      ['deep', 'text'],
      ['null'],
      ['no'],
      ['deep', 'no'],
    ])
    return {
      filter: dice.oneOf(['test', 'test', 'none']),
      path: path.map((key) => ({ key })),
      value,
      invert: dice.oneIn(3),
    }
  }

  #state(): object {
    const dice = this.#dice
    const key = dice.oneOf(['text', 'address', 'flag', 'none'])
    if (dice.oneIn(2)) return { key, string_match: this.#text() }
    const ranges = [{ address_prefix: dice.oneOf(['10.0.0.0', '127.0.0.0', '::']), prefix_len: 8 }]
    return { key, address_match: { ranges, ...(dice.oneIn(2) ? { invert_match: true } : {}) } }
  }
}

const COUNT = 300
const matches = new Matches(17)
const HOSTS = Array.from({ length: COUNT }, (_, i) => ({
  name: `v${i}`,
  domains: [`v${i}.test`, `v${i}.test:*`],
  routes: [
    { name: 'yes', match: matches.next(), direct_response: { status: 200 } },
    { name: 'connect', match: { connect_matcher: {} }, direct_response: { status: 203 } },
    { name: 'no', match: { prefix: '/' }, direct_response: { status: 202 } },
  ],
}))

function requestTo(dice: Dice, host: string): string {
  const target = dice.oneIn(25) ? '*' : dice.oneOf(PATHS)
  const method = target === '*' ? 'OPTIONS' : dice.oneOf(['GET', 'GET', 'GET', 'POST', 'HEAD', 'CONNECT'])
  const query = dice.oneOf([
    '',
    '',
    '?q=1',
    '?q=a&q=b',
    '?q',
    '?Q=ab',
    '?a%20b=1',
    '?%71=1',
    '?r=&q=A',
    '?q=a+b',
    '?é=1',
  ])
  const lines = dice.some(0, 3, () =>
    dice.oneOf<() => string>([
      () => `x-a: ${dice.oneOf(VALUES)}`,
      () => `x-a: ${dice.oneOf(VALUES)}`,
      () => `X-B: ${dice.oneOf(VALUES)}`,
      () =>
        `cookie: ${dice.oneOf(['c=1', 'c=a; d=ab', 'd="a"; c', 'C=a', 'c=; c=1', ' c=a b', 'e e=1', 'c=a;d=1', 'c="a'])}`,
      () =>
        `content-type: ${dice.oneOf(['application/grpc', 'application/grpc+json', 'application/grpc-web', 'text/a'])}`,
      () => 'via: m',
    ])(),
  )
  const line = method === 'CONNECT' ? `CONNECT ${host}:80` : `${method} ${target}${target === '*' ? '' : query}`
  return [`${line} HTTP/1.1`, `host: ${method === 'CONNECT' ? `${host}:80` : host}`, ...lines, '', ''].join('\r\n')
}

const metadata = { text: 'ab', flag: true, number: 3, list: ['a', 'b'], deep: { text: 'A' }, null: null }
const state = (object_key: string, factory_key: string, text: string) => ({
  object_key,
  factory_key,
  format_string: { text_format_source: { inline_string: text } },
})

differential('matches of routes by chance', {
  bootstrap: () => ({
    layered_runtime: {
      layers: [
        { name: 's', static_layer: { on: true, off: false, number: 100, full: { numerator: 100 }, text: 'yes' } },
      ],
    },
    static_resources: {
      listeners: [false, true].map((ignores) =>
        httpListener(ignores ? 'ignores' : 'front', {
          table: { virtual_hosts: HOSTS, ignore_path_parameters_in_path_matching: ignores },
          extra: {
            access_log: [fileLog('access.log', textFormat('%REQ(:AUTHORITY)% %ROUTE_NAME% %RESPONSE_CODE%'))],
            upgrade_configs: [{ upgrade_type: 'CONNECT' }],
            http_filters: [
              filterEntry('set_metadata', 'set_metadata.v3.Config', {
                metadata: [{ metadata_namespace: 'test', value: metadata }],
              }),
              filterEntry('set_filter_state', 'set_filter_state.v3.Config', {
                on_request_headers: [
                  state('text', 'envoy.string', '%REQ(x-a)%'),
                  state('address', 'envoy.network.ip', '10.1.2.3'),
                  state('flag', 'envoy.bool', 'true'),
                ],
              }),
              filterEntry('router', 'router.v3.Router'),
            ],
          },
        }),
      ),
    },
  }),
  traffic: async (side) => {
    const dice = new Dice(91)
    const ask = async (i: number, k: number) => {
      const listener = dice.oneIn(4) ? 'ignores' : 'front'
      const request = requestTo(dice, `v${i}.test`)
      const [reply] = await side.exchange(listener, request)
      side.note(`${i} ${k} ${JSON.stringify(HOSTS[i]!.routes[0]!.match)} ${listener} ${request}`, reply?.status)
    }
    for (let i = 0; i < COUNT; i++) {
      for (let k = 0; k < 4; k++) await ask(i, k)
    }
    await side.noteLog('access.log', COUNT * 4)
  },
})
