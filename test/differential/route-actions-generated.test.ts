/*
 * What routes do with requests, by chance but the same in every run: a virtual host a route, which forwards, redirects or
 * answers, with mutations of headers at each level, rewrites, weights, timeouts and whatever else stands in a RouteAction.
 */
import { httpListener, staticCluster } from '../support/configs.ts'
import { Dice } from './support/dice.ts'
import { differential } from './support/differential.ts'
import { filterEntry } from './support/filter-case.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { OUTCOME } from './support/pieces.ts'

const T = 'type.googleapis.com/envoy.extensions'
const TEXTS = [
  'text',
  '%REQ(x-a)%',
  'a-%REQ(x-none)%-b',
  '%REQ(:path)%',
  '%REQ(:authority)%',
  '%REQ(x-envoy-original-path)%',
  '%PROTOCOL%',
  '%RESP(x-b)%',
  '%RESPONSE_CODE%',
  '%ROUTE_NAME%',
  '%REQ(x-a):2%',
  '100%%',
  '%UPSTREAM_CLUSTER%',
  '%RESPONSE_FLAGS%',
]

class Routes {
  readonly #dice: Dice
  #count = 0

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  virtualHost(name: string): object {
    const dice = this.#dice
    return {
      name,
      domains: [`${name}.test`, `${name}.test:80`, `${name}.test:443`, `${name}.test:8080`],
      ...this.#mutations(),
      ...(dice.oneIn(3) ? { include_request_attempt_count: true } : {}),
      ...(dice.oneIn(3) ? { include_attempt_count_in_response: true } : {}),
      ...(dice.oneIn(8) ? { retry_policy: { retry_on: '5xx', num_retries: 1 } } : {}),
      ...(dice.oneIn(5) ? { typed_per_filter_config: marks('host') } : {}),
      ...(dice.oneIn(15) ? { require_tls: dice.oneOf(['ALL', 'EXTERNAL_ONLY']) } : {}),
      routes: [this.#route()],
    }
  }

  mutations(): object {
    return this.#mutations()
  }

  #route(): object {
    const dice = this.#dice
    const name = dice.oneIn(4) ? {} : { name: `route-${this.#count++}` }
    const template = dice.oneIn(8)
    const match = template ? TEMPLATE_MATCH : this.#match()
    const action = dice.oneOf<() => object>([
      () => ({ route: this.#forward(template) }),
      () => ({ route: this.#forward(template) }),
      () => ({ route: this.#forward(template) }),
      () => ({ redirect: this.#redirect(template) }),
      () => ({ direct_response: this.#direct() }),
    ])()
    const marked = dice.oneIn(5) ? { typed_per_filter_config: marks('route') } : {}
    return { ...name, match, ...action, ...this.#mutations(), ...marked }
  }

  #match(): object {
    return this.#dice.oneOf<object>([
      { prefix: '/' },
      { prefix: '/a' },
      { prefix: '/A', case_sensitive: false },
      { path: '/a/b' },
      { path_separated_prefix: '/a' },
      { safe_regex: { regex: '/(a|b).*' } },
    ])
  }

  #mutations(): object {
    const dice = this.#dice
    const names = (all: readonly string[]) => dice.some(0, 2, () => dice.oneOf(all))
    const when = (field: string, value: () => object | readonly unknown[]) =>
      dice.oneIn(3) ? { [field]: value() } : {}
    const added = (all: readonly string[]) => dice.some(1, 3, () => this.#added(all))
    return {
      ...when('request_headers_to_add', () =>
        added(['x-a', 'x-new', 'X-Own', 'via', 'x-forwarded-host', 'user-agent']),
      ),
      ...when('request_headers_to_remove', () => names(['x-a', 'X-New', 'via', 'x-own', 'x-envoy-attempt-count'])),
      ...when('response_headers_to_add', () =>
        added(['x-b', 'x-new', 'X-Own', 'via', 'location', 'server', 'content-type']),
      ),
      ...when('response_headers_to_remove', () =>
        names(['x-b', 'X-New', 'server', 'x-backend', 'content-type', 'date']),
      ),
    }
  }

  #added(names: readonly string[]): object {
    const dice = this.#dice
    const action = dice.oneOf([
      'APPEND_IF_EXISTS_OR_ADD',
      'ADD_IF_ABSENT',
      'OVERWRITE_IF_EXISTS_OR_ADD',
      'OVERWRITE_IF_EXISTS',
    ])
    return {
      header: { key: dice.oneOf(names), value: dice.oneOf(TEXTS) },
      append_action: action,
      ...(dice.oneIn(4) ? { keep_empty_value: true } : {}),
    }
  }

  #forward(template: boolean): object {
    const dice = this.#dice
    const part = (chance: number, make: () => object) => (dice.oneIn(chance) ? make() : {})
    return {
      ...this.#cluster(),
      ...part(2, () => this.#pathRewrite(template)),
      ...part(2, () => this.#hostRewrite()),
      ...part(3, () => ({ append_x_forwarded_host: true })),
      ...part(3, () => ({ timeout: dice.oneOf(['0s', '3s', '0.9999s', '1.5s']) })),
      ...part(8, () => ({ max_stream_duration: dice.oneOf<object>([{}, { max_stream_duration: '5s' }]) })),
      ...part(5, () => ({
        retry_policy: {
          retry_on: dice.oneOf(['5xx', 'gateway-error', 'retriable-status-codes', 'retriable-4xx']),
          num_retries: dice.roll(3),
          retriable_status_codes: [418],
          retry_back_off: { base_interval: '0.001s' },
          ...part(3, () => ({ per_try_timeout: '2s' })),
        },
      })),
      ...part(6, () => ({ priority: 'HIGH' })),
      ...part(6, () => ({ internal_redirect_policy: { max_internal_redirects: 1 } })),
      ...part(8, () => ({ cluster_not_found_response_code: dice.oneOf(['NOT_FOUND', 'INTERNAL_SERVER_ERROR']) })),
    }
  }

  #cluster(): object {
    const dice = this.#dice
    switch (dice.roll(6)) {
      case 0:
        return { cluster_header: dice.oneOf(['x-cluster', ':authority', 'X-A']) }
      case 1:
      case 2: {
        const clusters = dice.some(1, 3, () => ({
          ...(dice.oneIn(5) ? { cluster_header: 'x-cluster' } : { name: dice.oneOf(['app', 'other']) }),
          weight: dice.roll(3),
          ...this.#mutations(),
          ...(dice.oneIn(4) ? { host_rewrite_literal: 'weighted.test' } : {}),
          ...(dice.oneIn(4) ? { typed_per_filter_config: marks('weight') } : {}),
        }))
        const weight = { name: 'app', weight: 1 }
        const more = dice.oneOf<object>([{}, { runtime_key_prefix: 'weights' }])
        return { weighted_clusters: { clusters: [...clusters, weight], header_name: 'x-w', ...more } }
      }
      default:
        return { cluster: dice.oneOf(['app', 'app', 'other']) }
    }
  }

  #pathRewrite(template: boolean): object {
    const dice = this.#dice
    if (template) return { path_rewrite_policy: TEMPLATE_REWRITE }
    return dice.oneOf<object>([
      { prefix_rewrite: dice.oneOf(['/', '/new', '/new/', 'x', '/n?q=1', '/%20']) },
      { regex_rewrite: this.#regexRewrite() },
      { path_rewrite: dice.oneOf(['/f%REQ(x-a)%', '%REQ(x-none)%', '/f?k=%REQ(x-a)%', '%PATH(NQ)%/x']) },
    ])
  }

  #regexRewrite(): object {
    const [regex, substitution] = this.#dice.oneOf([
      ['^/a(.*)', '/z\\1'],
      ['/', '-'],
      ['(a)(b)?', '\\2\\1\\0'],
      ['.*', ''],
      ['b$', '/end?x'],
      ['[^/]+', '<\\0>'],
      ['x*', '_'],
    ] as const)
    return { pattern: { regex }, substitution }
  }

  #hostRewrite(): object {
    const dice = this.#dice
    return dice.oneOf<object>([
      { host_rewrite_literal: dice.oneOf(['lit.test', 'lit.test:80', 'LIT']) },
      { auto_host_rewrite: dice.oneIn(2) },
      { host_rewrite_header: dice.oneOf(['x-a', 'X-None']) },
      { host_rewrite_path_regex: { pattern: { regex: '^/([^/]+).*' }, substitution: '\\1.test' } },
      { host_rewrite: dice.oneOf(['f-%REQ(x-a)%', '%REQ(:authority)%.x', '%REQ(x-none)%']) },
    ])
  }

  #redirect(template: boolean): object {
    const dice = this.#dice
    const part = (chance: number, make: () => object) => (dice.oneIn(chance) ? make() : {})
    const paths = [
      () => ({ path_redirect: dice.oneOf(['/p', '/p?x=1', '/p#f', 'p']) }),
      ...(template ? [] : [() => ({ prefix_rewrite: dice.oneOf(['/n', '/n/', '/?q', 'n']) })]),
      () => ({ regex_rewrite: this.#regexRewrite() }),
      () => ({ path_rewrite: dice.oneOf(['/f%REQ(x-a)%', '%REQ(x-none)%', '/f?k=1']) }),
    ]
    return {
      ...part(2, () =>
        dice.oneOf<object>([
          { https_redirect: dice.oneIn(2) },
          { scheme_redirect: dice.oneOf(['https', 'ftp', 'HTTP']) },
        ]),
      ),
      ...part(3, () => ({ host_redirect: dice.oneOf(['new.test', 'new.test:9']) })),
      ...part(4, () => ({ port_redirect: dice.oneOf([80, 443, 8080]) })),
      ...part(2, () => dice.oneOf(paths)()),
      ...part(3, () => ({ strip_query: true })),
      ...part(2, () => ({
        response_code: dice.oneOf(['FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT', 'PERMANENT_REDIRECT']),
      })),
    }
  }

  #direct(): object {
    const dice = this.#dice
    const text = dice.oneOf(TEXTS)
    return {
      status: dice.oneOf([200, 201, 302, 304, 404, 418, 503, 599]),
      ...(dice.oneIn(2) ? { body: { inline_string: 'body ü' } } : {}),
      ...(dice.oneIn(3)
        ? { body_format: { text_format_source: { inline_string: `<${text}|%LOCAL_REPLY_BODY%>` } } }
        : {}),
    }
  }
}

const marks = (value: string) => ({
  'envoy.filters.http.header_mutation': {
    '@type': `${T}.filters.http.header_mutation.v3.HeaderMutationPerRoute`,
    mutations: { request_mutations: [{ append: { header: { key: 'x-filter', value } } }] },
  },
})
const TEMPLATE_MATCH = {
  path_match_policy: {
    name: 't',
    typed_config: { '@type': `${T}.path.match.uri_template.v3.UriTemplateMatchConfig`, path_template: '/{x}/{y=**}' },
  },
}
const TEMPLATE_REWRITE = {
  name: 't',
  typed_config: {
    '@type': `${T}.path.rewrite.uri_template.v3.UriTemplateRewriteConfig`,
    path_template_rewrite: '/{y}/new/{x}',
  },
}

const COUNT = 150
const routes = new Routes(7)
const HOSTS = Array.from({ length: COUNT }, (_, i) => routes.virtualHost(`v${i}`))
const TABLE = routes.mutations()

function request(dice: Dice, name: string): string {
  const method = dice.oneOf(['GET', 'GET', 'GET', 'POST', 'HEAD'])
  const path = dice.oneOf(['/a/b', '/a/b', '/a', '/A/b', '/', '/b/a/c', '/a/b/?q=1&r=/x', '/a/b?q', '/ab', '/a//b%20?'])
  const port = dice.oneOf(['', '', '', ':80', ':443', ':8080'])
  const lines = dice.some(1, 4, () =>
    dice.oneOf([
      'x-a: one',
      'x-a: two',
      'x-cluster: other',
      'x-cluster: nobody',
      'x-cluster: app',
      'x-do: status=503',
      'x-do: header=x-b: up',
      `x-do: only=/a;status=302;header=location: http://${name}.test/b`,
      'x-do: status=418;header=via: up',
      'x-envoy-attempt-count: 7',
      'x-forwarded-host: before',
      'x-forwarded-proto: https',
      'via: me',
      'user-agent: ua',
    ]),
  )
  // Which of two orders counts the backend does not tell.
  const ordered = lines.filter(
    (line, i) => !line.startsWith('x-do') || lines.findIndex((l) => l.startsWith('x-do')) === i,
  )
  const body = method === 'POST' ? ['content-length: 3'] : []
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${name}.test${port}`,
    `x-w: ${dice.roll(8)}`,
    ...ordered,
    ...body,
    '',
    '',
  ].join('\r\n')
  return method === 'POST' ? `${head}abc` : head
}

differential('actions of routes by chance', {
  backends: ['app', 'other'],
  bootstrap: (port) => ({
    layered_runtime: { layers: [{ name: 's', static_layer: { 'weights.app': 2, 'weights.other': 5 } }] },
    static_resources: {
      listeners: [false, true].map((most) =>
        httpListener(most ? 'most' : 'least', {
          table: {
            virtual_hosts: HOSTS,
            ...TABLE,
            most_specific_header_mutations_wins: most,
            validate_clusters: false,
          },
          extra: {
            access_log: [fileLog('access.log', textFormat(OUTCOME))],
            http_filters: [
              filterEntry('header_mutation', 'header_mutation.v3.HeaderMutation'),
              filterEntry('router', 'router.v3.Router'),
            ],
          },
        }),
      ),
      clusters: ['app', 'other'].map((name) => staticCluster(name, [port(name)])),
    },
  }),
  stats: /^(?:http\.ingress|cluster\.(?:app|other)|vhost)\./,
  volatile: /_bytes_|_ms$|rq_time|cx_(?:active|destroy|http1_active|length|total|http1|idle)/,
  traffic: async (side) => {
    const dice = new Dice(15)
    for (let i = 0; i < COUNT; i++) {
      for (let k = 0; k < 4; k++) {
        const listener = dice.oneIn(2) ? 'most' : 'least'
        const text = request(dice, `v${i}`)
        const before = [side.seenBy('app').length, side.seenBy('other').length] as const
        const replies = await side.exchange(listener, text)
        const seen = [...side.seenBy('app').slice(before[0]), ...side.seenBy('other').slice(before[1])]
        side.note(`${i} ${k} ${listener} ${text}`, { replies, seen })
      }
    }
    // Requests that are sent on here have two lines.
    await side.exchange('most', 'GET /end HTTP/1.1\r\nhost: nobody.test\r\n\r\n')
    while ((await side.logLines('access.log', 0)).at(-1)?.includes(' /end ') !== true) await Bun.sleep(20)
    side.noteFile('access.log')
  },
})
