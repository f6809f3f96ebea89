/* Routes that a virtual host finds by `matcher`: trees by chance whose actions are routes and lists of routes. */
import { httpListener } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'

const T = 'type.googleapis.com'
const typed = (type: string, fields: object = {}) => ({
  name: 'e',
  typed_config: { '@type': `${T}/${type}`, ...fields },
})

class Trees {
  readonly #dice: Dice
  #routes = 0

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  tree(depth = 2): object {
    const dice = this.#dice
    const otherwise = dice.oneIn(3) ? { on_no_match: this.#onMatch(depth) } : {}
    if (dice.oneIn(2)) {
      const matchers = dice.some(1, 3, () => ({ predicate: this.#predicate(2), on_match: this.#onMatch(depth) }))
      return { matcher_list: { matchers }, ...otherwise }
    }
    const keys = new Set(dice.some(1, 4, () => dice.oneOf(['/', '/a', '/a/b', '/ab', '1', 'a', 'A', 'GET', 'v'])))
    const map = Object.fromEntries([...keys].map((key) => [key, this.#onMatch(depth)]))
    const kind = dice.oneIn(2) ? { exact_match_map: { map } } : { prefix_match_map: { map } }
    return { matcher_tree: { input: this.#input(), ...kind }, ...otherwise }
  }

  #input(): object {
    const dice = this.#dice
    if (dice.oneIn(6)) {
      return typed('envoy.extensions.matching.common_inputs.network.v3.FilterStateInput', {
        key: dice.oneOf(['s', 'no']),
      })
    }
    const header_name = dice.oneOf([':path', ':path', ':path', 'x-a', 'X-A', ':method', ':authority', 'x-b'])
    return typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { header_name })
  }

  #predicate(depth: number): object {
    const dice = this.#dice
    const list = () => ({ predicate: dice.some(2, 3, () => this.#predicate(depth - 1)) })
    switch (depth > 0 ? dice.roll(6) : 0) {
      case 1:
        return { or_matcher: list() }
      case 2:
        return { and_matcher: list() }
      case 3:
        return { not_matcher: this.#predicate(depth - 1) }
      default: {
        const value = dice.oneOf(['/a', '1', 'a', 'A', 'b', 'GET'])
        const value_match = dice.oneOf<object>([
          { exact: value },
          { prefix: value, ignore_case: dice.oneIn(2) },
          { suffix: value },
          { contains: value },
          { safe_regex: { google_re2: {}, regex: dice.oneOf(['/a.*', '\\d', '[^/]+']) } },
        ])
        return { single_predicate: { input: this.#input(), value_match } }
      }
    }
  }

  #onMatch(depth: number): object {
    if (depth > 0 && this.#dice.oneIn(3)) return { matcher: this.tree(depth - 1) }
    if (this.#dice.oneIn(2)) return { action: typed('envoy.config.route.v3.Route', this.#route()) }
    const routes = this.#dice.some(0, 3, () => this.#route())
    return { action: typed('envoy.config.route.v3.RouteList', { routes }) }
  }

  #route(): object {
    const dice = this.#dice
    const match = {
      ...dice.oneOf<object>([
        { prefix: '/' },
        { prefix: '/' },
        { prefix: '/a' },
        { path: '/a/b' },
        { connect_matcher: {} },
      ]),
      ...(dice.oneIn(4) ? { headers: [{ name: 'x-a', present_match: dice.oneIn(2) }] } : {}),
    }
    return { name: `r${this.#routes++}`, match, direct_response: { status: 200 } }
  }
}

const COUNT = 120
const trees = new Trees(3)
const HOSTS = Array.from({ length: COUNT }, (_, i) => ({ name: `v${i}`, domains: [`v${i}`], matcher: trees.tree() }))

differential('matchers of virtual hosts by chance', {
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          table: { virtual_hosts: HOSTS },
          extra: {
            access_log: [fileLog('access.log', textFormat('%REQ(:AUTHORITY)% %ROUTE_NAME% %RESPONSE_CODE_DETAILS%'))],
            upgrade_configs: [{ upgrade_type: 'CONNECT' }],
            http_filters: [
              filterEntry('set_filter_state', 'set_filter_state.v3.Config', {
                on_request_headers: [
                  {
                    object_key: 's',
                    factory_key: 'envoy.string',
                    format_string: { text_format_source: { inline_string: 'a' } },
                  },
                ],
              }),
              filterEntry('router', 'router.v3.Router'),
            ],
          },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const dice = new Dice(9)
    for (let i = 0; i < COUNT; i++) {
      for (let k = 0; k < 4; k++) {
        const lines = dice.some(
          0,
          2,
          () => `x-${dice.oneOf(['a', 'a', 'b'])}: ${dice.oneOf(['1', 'a', 'A', 'ab', ''])}`,
        )
        const path = dice.oneOf(['/', '/a', '/a/b', '/ab', '/A', '/a?q', '/a/b?q=1'])
        const line = dice.oneIn(10) ? `CONNECT v${i}` : `${dice.oneOf(['GET', 'POST'])} ${path}`
        const request = [`${line} HTTP/1.1`, `host: v${i}`, ...lines, '', ''].join('\r\n')
        const [reply] = await side.exchange('front', request)
        side.note(`${i} ${k} ${request}`, [reply?.status, reply?.headers.filter((each) => each.startsWith('location'))])
      }
    }
    await side.noteLog('access.log', COUNT * 4)
  },
})
