/* Retries of requests that ask for a subset: each attempt is chosen by the same metadata, with what keeps retries from hosts. */
import { httpListener } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { differential } from './support/differential.ts'
import type { Side } from './support/side.ts'

const HOSTS: Readonly<Record<string, object>> = {
  a: { stage: 'prod', version: '1' },
  b: { stage: 'prod', version: '2' },
  c: { stage: 'prod', version: '3' },
  d: { stage: 'dev', version: '1' },
  e: { stage: 'dev', version: '2' },
  f: { stage: 'lone' },
}
const NAMES = Object.keys(HOSTS)

const selectors = [{ keys: ['stage'] }, { keys: ['stage', 'version'] }, { keys: ['version'] }]
const SUBSETS: Readonly<Record<string, object>> = {
  plain: { subset_selectors: selectors },
  any: { subset_selectors: selectors, fallback_policy: 'ANY_ENDPOINT' },
  list: { subset_selectors: selectors, metadata_fallback_policy: 'FALLBACK_LIST' },
  'list-any': {
    subset_selectors: selectors,
    metadata_fallback_policy: 'FALLBACK_LIST',
    fallback_policy: 'ANY_ENDPOINT',
  },
  single: { subset_selectors: [{ keys: ['stage'], single_host_per_subset: true }] },
}

const predicate = (type: string, fields: object = {}): object => ({
  retry_host_predicate: [
    { name: 'x', typed_config: { '@type': `type.googleapis.com/envoy.extensions.retry.host.${type}`, ...fields } },
  ],
  host_selection_retry_max_attempts: 20,
})
const previous = predicate('previous_hosts.v3.PreviousHostsPredicate')
const RETRIES: Readonly<Record<string, object>> = {
  plain: { num_retries: 2 },
  previous: { num_retries: 2, ...previous },
  'previous-many': { num_retries: 4, ...previous },
  metadata: {
    num_retries: 3,
    ...predicate('omit_host_metadata.v3.OmitHostMetadataConfig', {
      metadata_match: { filter_metadata: { 'envoy.lb': { version: '1' } } },
    }),
  },
}

const ASKED: Readonly<Record<string, object | undefined>> = {
  nothing: undefined,
  prod: { stage: 'prod' },
  dev: { stage: 'dev' },
  lone: { stage: 'lone' },
  one: { stage: 'prod', version: '2' },
  nope: { stage: 'nope' },
  'list-to-dev': { fallback_list: [{ stage: 'nope' }, { stage: 'dev' }] },
  'list-of-versions': { stage: 'prod', fallback_list: [{ version: '9' }, { version: '3' }, { version: '1' }] },
  'list-of-nothing': { stage: 'dev', fallback_list: [{ version: '9' }] },
}

/** So many of each that turns and chance leave nobody out. */
const TIMES = 12

const CASES = Object.keys(SUBSETS).flatMap((subset) =>
  Object.keys(RETRIES).flatMap((retry) => Object.keys(ASKED).map((asked) => [subset, retry, asked] as const)),
)

function assignment(name: string, port: (backend: string) => number): object {
  return {
    cluster_name: name,
    endpoints: [
      {
        lb_endpoints: NAMES.map((host) => ({
          metadata: { filter_metadata: { 'envoy.lb': HOSTS[host] } },
          endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port(host) } } },
        })),
      },
    ],
  }
}

async function traffic(side: Side): Promise<void> {
  for (const [subset, retry, asked] of CASES) {
    const request = `GET /${subset}/${retry}/${asked} HTTP/1.1\r\nhost: a\r\nx-do: status=503\r\n\r\n`
    using client = await side.connect('front')
    for (let i = 0; i < TIMES; i++) {
      client.write(request)
      const limit = performance.now() + 5000
      while (client.received().split('HTTP/1.1 ').length - 1 <= i && performance.now() < limit) await Bun.sleep(1)
    }
  }
  const lines = await side.logLines('outcomes.log', TIMES * CASES.length)
  const found = new Map<string, Set<string>>()
  const add = (path: string, what: string): void => void found.set(path, (found.get(path) ?? new Set()).add(what))
  for (const line of lines) add(line.split(' ')[0]!, line)
  for (const [path, others] of otherHosts(side))
    add(path, `${[...others].toSorted((a, b) => a - b).join()} hosts a request`)
  for (const host of NAMES) {
    const paths = side.seenBy(host).map(({ line }) => line.split(' ')[1]!)
    // Whose turn it is where some are left out depends on where the turns began.
    for (const path of paths) if (!path.includes('/metadata/')) add(path, host)
  }
  for (const [path, what] of found) side.note(path, [...what].toSorted())
}

/** How many hosts the attempts of one request came to, where they are to be others each time. */
function otherHosts(side: Side): ReadonlyMap<string, ReadonlySet<number>> {
  const byRequest = new Map<string, Set<string>>()
  for (const host of NAMES) {
    for (const { line, headers } of side.seenBy(host)) {
      if (!/\/previous|\/metadata\/list-of-versions/.test(line)) continue
      const id = `${line} ${headers.find((header) => header.startsWith('x-request-id'))}`
      byRequest.set(id, (byRequest.get(id) ?? new Set()).add(host))
    }
  }
  const counts = new Map<string, Set<number>>()
  for (const [id, hosts] of byRequest) {
    const path = id.split(' ')[1]!
    counts.set(path, (counts.get(path) ?? new Set()).add(hosts.size))
  }
  return counts
}

differential('subsets: each attempt', {
  backends: NAMES,
  bootstrap: (port) => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: CASES.map(([subset, retry, asked]) => ({
            match: { path: `/${subset}/${retry}/${asked}` },
            route: {
              cluster: subset,
              retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '0.001s' }, ...RETRIES[retry] },
              ...(ASKED[asked] === undefined
                ? {}
                : { metadata_match: { filter_metadata: { 'envoy.lb': ASKED[asked] } } }),
            },
          })),
          extra: {
            access_log: [
              fileLog(
                'outcomes.log',
                textFormat('%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %UPSTREAM_REQUEST_ATTEMPT_COUNT%'),
              ),
            ],
          },
        }),
      ],
      clusters: Object.entries(SUBSETS).map(([name, lb_subset_config]) => ({
        name,
        type: 'STATIC',
        lb_subset_config,
        load_assignment: assignment(name, port),
      })),
    },
  }),
  traffic,
  stats: /\.lb_subsets_|\.upstream_rq_(?:retry|total|5xx|503)|cx_none_healthy/,
})
