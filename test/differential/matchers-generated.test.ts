/*
 * The generic matcher beside Envoy, with trees made by chance: every input that a plain HTTP stream has, of the request, the
 * response and the connection, under every matcher and map. A tree decides whether a filter around it is skipped.
 */
import { routeTo } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import type { RequestRow } from './support/filter-case.ts'
import { differentialFilters, filterEntry } from './support/filter-case.ts'

const T = 'type.googleapis.com/'
const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3'
const MATCHERS = 'envoy.extensions.matching.input_matchers'
const HTTP = 'envoy.type.matcher.v3'

const typed = (type: string, fields: object = {}) => ({
  name: 'x',
  typed_config: { '@type': `${T}${type}`, ...fields },
})

const TEXTS = [
  '1',
  '2',
  'a',
  'ab',
  'é',
  '200',
  '2xx',
  '5xx',
  '127.0.0.1',
  '10.0.0.1',
  'a.test',
  'b.a.test',
  'local',
  'true',
  '/',
  '1,2',
]
const range = (address_prefix: string, prefix_len: number) => ({ address_prefix, prefix_len })

class Trees {
  readonly #dice: Dice

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  #text(): string {
    return this.#dice.oneOf(TEXTS)
  }

  #strings(): object {
    const dice = this.#dice
    const kind = dice.oneOf(['exact', 'prefix', 'suffix', 'contains', 'safe_regex'])
    if (kind !== 'safe_regex') return { [kind]: this.#text(), ...(dice.oneIn(4) && { ignore_case: true }) }
    const regex = dice.oneOf(['.', '.*', '[0-9]+', 'a.*', '(?i)A', '[25]xx', '.*test', '(a|b)+', '\\d{3}'])
    return { safe_regex: { google_re2: {}, regex } }
  }

  #input(): object {
    const dice = this.#dice
    const header = (type: string) =>
      typed(`${HTTP}.${type}`, { header_name: dice.oneOf(['x-a', 'X-B', ':path', 'x-none', ':status', 'server']) })
    return dice.oneOf([
      () => header('HttpRequestHeaderMatchInput'),
      () => header('HttpRequestHeaderMatchInput'),
      () => header('HttpResponseHeaderMatchInput'),
      () => header('HttpRequestTrailerMatchInput'),
      () => header('HttpResponseTrailerMatchInput'),
      () => typed(`${HTTP}.HttpRequestQueryParamMatchInput`, { query_param: dice.oneOf(['q', 'a b', 'é', 'none']) }),
      () => typed(`${HTTP}.HttpResponseStatusCodeMatchInput`),
      () => typed(`${HTTP}.HttpResponseStatusCodeClassMatchInput`),
      () => typed(`${HTTP}.HttpResponseLocalReplyMatchInput`),
      () => typed(`${NETWORK}.SourceIPInput`),
      () => typed(`${NETWORK}.DirectSourceIPInput`),
      () => typed(`${NETWORK}.DestinationIPInput`),
      () => typed(`${NETWORK}.SourceTypeInput`),
      () => typed(`${NETWORK}.ServerNameInput`),
      () => typed(`${NETWORK}.NetworkNamespaceInput`),
      () => typed(`${NETWORK}.FilterStateInput`, { key: dice.oneOf(['text', 'flag', 'none']) }),
      () => typed(`${NETWORK}.FilterStateInput`, { key: 'text', field: 'f' }),
      () => typed('envoy.extensions.matching.common_inputs.ssl.v3.SubjectInput'),
      () =>
        typed('envoy.extensions.matching.common_inputs.environment_variable.v3.Config', { name: 'NO_SUCH_VARIABLE' }),
    ])()
  }

  #single(): object {
    const dice = this.#dice
    const custom = (type: string, fields: object) => ({ custom_match: typed(`${MATCHERS}.${type}`, fields) })
    switch (dice.roll(9)) {
      case 0:
        return {
          input: this.#input(),
          ...custom('consistent_hashing.v3.ConsistentHashing', {
            threshold: dice.roll(3),
            modulo: 2 + dice.roll(3),
            seed: dice.roll(3),
          }),
        }
      case 1:
        return {
          input: this.#input(),
          ...custom('runtime_fraction.v3.RuntimeFraction', {
            runtime_fraction: {
              default_value: { numerator: dice.roll(101) },
              runtime_key: dice.oneOf(['half', 'none']),
            },
            seed: dice.roll(3),
          }),
        }
      case 2:
        return {
          input: this.#input(),
          ...custom('ip.v3.Ip', { cidr_ranges: [range('127.0.0.0', 8), range('10.0.0.0', 24)], stat_prefix: 'ip' }),
        }
      case 3:
        return {
          input: typed(`${NETWORK}.DynamicMetadataInput`, {
            filter: 'test',
            path: [{ key: dice.oneOf(['a', 'l', 'no']) }],
          }),
          ...custom('metadata.v3.Metadata', {
            value: dice.oneOf([
              { string_match: { exact: 'a' } },
              { present_match: true },
              { list_match: { one_of: { double_match: { exact: 1 } } } },
            ]),
            invert: dice.oneIn(2),
          }),
        }
      default:
        return { input: this.#input(), value_match: this.#strings() }
    }
  }

  #predicate(depth: number): object {
    const dice = this.#dice
    const list = () => ({ predicate: dice.some(2, 3, () => this.#predicate(depth - 1)) })
    switch (depth > 0 ? dice.roll(5) : 0) {
      case 1:
        return { or_matcher: list() }
      case 2:
        return { and_matcher: list() }
      case 3:
        return { not_matcher: this.#predicate(depth - 1) }
      default:
        return { single_predicate: this.#single() }
    }
  }

  #onMatch(depth: number): object {
    if (depth > 0 && this.#dice.oneIn(3)) return { matcher: this.tree(depth - 1) }
    return { action: typed('envoy.extensions.filters.common.matcher.action.v3.SkipFilter') }
  }

  tree(depth = 2): object {
    const dice = this.#dice
    const otherwise = dice.oneIn(4) ? { on_no_match: this.#onMatch(depth) } : {}
    if (dice.oneIn(2)) {
      const matchers = dice.some(1, 3, () => ({ predicate: this.#predicate(2), on_match: this.#onMatch(depth) }))
      return { matcher_list: { matchers }, ...otherwise }
    }
    const map = Object.fromEntries(dice.some(1, 4, () => [this.#text(), this.#onMatch(depth)]))
    const kinds = [
      { exact_match_map: { map } },
      { prefix_match_map: { map } },
      {
        custom_match: typed('xds.type.matcher.v3.IPMatcher', {
          range_matchers: [
            { ranges: [range('127.0.0.0', 8)], on_match: this.#onMatch(depth), exclusive: dice.oneIn(2) },
            { ranges: [range('127.0.0.1', 32), range('10.0.0.0', 8)], on_match: this.#onMatch(depth) },
          ],
        }),
      },
      {
        custom_match: typed('xds.type.matcher.v3.ServerNameMatcher', {
          domain_matchers: [
            { domains: ['*.test', 'a.test'], on_match: this.#onMatch(depth) },
            { domains: ['*'], on_match: this.#onMatch(depth) },
          ].slice(dice.roll(2)),
        }),
      },
    ]
    return { matcher_tree: { input: this.#input(), ...dice.oneOf(kinds) }, ...otherwise }
  }
}

const COUNT = 150
const trees = new Trees(5)

/** Each marks what it sees, unless its tree skips it. */
const DELEGATES = Array.from({ length: COUNT }, (_, i) => ({
  name: `delegate-${i}`,
  typed_config: {
    '@type': `${T}envoy.extensions.common.matching.v3.ExtensionWithMatcher`,
    extension_config: filterEntry('header_mutation', 'header_mutation.v3.HeaderMutation', {
      mutations: {
        request_mutations: [{ append: { header: { key: 'x-marked', value: `${i}` } } }],
        response_mutations: [{ append: { header: { key: 'x-marked', value: `${i}` } } }],
      },
    }),
    xds_matcher: trees.tree(),
  },
}))

const dice = new Dice(8)
const REQUESTS = Array.from({ length: 150 }, (_, i): RequestRow => {
  const path = dice.oneOf(['/', '/a', '/direct', '/ab'])
  const query = dice.oneOf(['', '?q=1', '?q=a%62&q=2', '?a%20b=2', '?%C3%A9=%C3%A9', '?q'])
  const value = () => dice.oneOf(['1', '2', 'a', 'ab', 'a.test', '10.0.0.1', '127.0.0.1'])
  const headers = dice.some(0, 2, () => `${dice.oneOf(['x-a', 'x-b'])}: ${value()}`)
  const orders = dice.some(0, 2, () =>
    dice.oneOf(['status=500', 'status=204', 'header=x-a:1', 'header=x-b:ab', 'chunked', 'reset']),
  )
  const order = [...new Map(orders.map((each) => [each.split('=')[0], each])).values()].join(';')
  return [`${i}`, `GET ${path}${query}`, [...headers, ...(order === '' ? [] : [`x-do: ${order}`])]]
})

const state = (object_key: string, factory_key: string, text: string) => ({
  object_key,
  factory_key,
  format_string: { text_format_source: { inline_string: text } },
})

differentialFilters('the generic matcher with generated trees', {
  bootstrap: { layered_runtime: { layers: [{ name: 's', static_layer: { half: { numerator: 50 } } }] } },
  filters: [
    filterEntry('set_metadata', 'set_metadata.v3.Config', {
      metadata: [{ metadata_namespace: 'test', value: { a: 'a', l: [1, 'x'] } }],
    }),
    filterEntry('set_filter_state', 'set_filter_state.v3.Config', {
      on_request_headers: [state('text', 'envoy.string', '%REQ(x-a)%'), state('flag', 'envoy.bool', 'true')],
    }),
    ...DELEGATES,
  ],
  routes: [{ match: { prefix: '/direct' }, direct_response: { status: 200 } }, routeTo('app')],
  requests: REQUESTS,
  manager: { common_http_protocol_options: { max_headers_count: 1000 } },
  log: '%REQ(:PATH)% %RESPONSE_CODE%',
  stats: /ip_parsing_failed/,
})
