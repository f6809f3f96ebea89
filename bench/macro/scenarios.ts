/** What is measured of running proxies, by the names of targets.md. Each gives one figure a round. */
import type { Contestant } from './contestant.ts'
import { cpuUs } from './contestant.ts'
import type { WrkLoad } from './load.ts'
import { paced, wrk } from './load.ts'
import type { Setup } from './setups.ts'
import { MANY_ROUTES, ORDINARY, THREE_FILTERS } from './setups.ts'

export interface Scenario {
  readonly name: string
  /** What the figures are. */
  readonly metrics: readonly string[]
  readonly setup: Setup
  /** Everybody, where it is undefined. */
  takesPart?(contestant: Contestant): boolean
  /** Where what is measured is too little for a just-in-time compiler to see: the same work, but much of it. */
  readonly warmUp?: (contestant: Contestant, seconds: number) => Promise<unknown>
  readonly measure: (contestant: Contestant, seconds: number) => Promise<readonly number[]>
}

export const BROWSER: Readonly<Record<string, string>> = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8',
  'Accept-Language': 'en-US,en;q=0.9,de;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Cache-Control': 'max-age=0',
  'Sec-Ch-Ua': '"Chromium";v="126", "Not/A)Brand";v="8", "Google Chrome";v="126"',
  'Sec-Ch-Ua-Mobile': '?0',
  'Sec-Ch-Ua-Platform': '"Linux"',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Site': 'none',
  'Sec-Fetch-User': '?1',
  'Upgrade-Insecure-Requests': '1',
  Cookie: 'session=4f9a2c31d8e74b6f; theme=dark; consent=yes; _ga=GA1.1.1234567890.1700000000',
  Referer: 'http://127.0.0.1/some/page/of/the/site?with=a&query=string',
}

const MIB = 1 << 20

const atHttp = ({ ports }: Contestant, path: string): string => `http://127.0.0.1:${ports.http}${path}`

const atRoute = ({ ports }: Contestant, n: number): string => `http://127.0.0.1:${ports.routes}/route/${n}/x`

const atAccessLog = ({ ports }: Contestant): string => `http://127.0.0.1:${ports.accessLog}/`

const atTcp = ({ ports }: Contestant, path: string): string => `http://127.0.0.1:${ports.tcp}${path}`

const forwardsTcp = ({ ports }: Contestant): boolean => ports.tcp !== undefined

function perRequest(
  name: string,
  load: (contestant: Contestant) => Omit<WrkLoad, 'seconds'>,
  metric = 'CPU µs/request',
): Scenario {
  return {
    name,
    metrics: [metric],
    setup: ORDINARY,
    measure: async (contestant, seconds) => {
      const before = cpuUs(contestant.pid)
      const { requests } = await wrk({ ...load(contestant), seconds })
      return [(cpuUs(contestant.pid) - before) / requests]
    },
  }
}

export const LOAD_SCENARIOS: readonly Scenario[] = [
  perRequest('h1_small', (c) => ({ url: atHttp(c, '/'), connections: 64 })),
  perRequest('h1_browser', (c) => ({ url: atHttp(c, '/'), connections: 64, headers: BROWSER })),
  perRequest('h1_post_1k', (c) => ({ url: atHttp(c, '/'), connections: 64, method: 'POST', bodyBytes: 1024 })),
  perRequest('h1_down_1m', (c) => ({ url: atHttp(c, '/1m'), connections: 16 }), 'CPU µs/MiB'),
  perRequest(
    'h1_up_1m',
    (c) => ({ url: atHttp(c, '/sink'), connections: 16, method: 'POST', bodyBytes: MIB }),
    'CPU µs/MiB',
  ),
  perRequest('h1_conn', (c) => ({ url: atHttp(c, '/'), connections: 64, headers: { Connection: 'close' } })),
  perRequest('routes_1000', (c) => ({ url: atRoute(c, 999), connections: 64 })),
  { ...perRequest('routes_10000', (c) => ({ url: atRoute(c, 9999), connections: 64 })), setup: MANY_ROUTES },
  {
    ...perRequest('accesslog', (c) => ({ url: atAccessLog(c), connections: 64 })),
    // It logs to a socket only, which is another thing to measure.
    takesPart: ({ name }) => name !== 'haproxy',
  },
  {
    ...perRequest('filters3', (c) => ({ url: atAccessLog(c), connections: 64 })),
    setup: THREE_FILTERS,
    takesPart: ({ name }) => name === 'envoy' || name === 'nuncio',
  },
  { ...perRequest('tcp_small', (c) => ({ url: atTcp(c, '/'), connections: 64 })), takesPart: forwardsTcp },
  {
    ...perRequest('tcp_bulk', (c) => ({ url: atTcp(c, '/1m'), connections: 16 }), 'CPU µs/MiB'),
    takesPart: forwardsTcp,
  },
  {
    name: 'lat',
    setup: ORDINARY,
    metrics: ['p50 µs', 'p99 µs', 'p99.9 µs', 'CPU µs/request at 2,000/s'],
    warmUp: async (contestant, seconds) => wrk({ url: atHttp(contestant, '/'), connections: 64, seconds }),
    measure: async (contestant, seconds) => {
      const before = cpuUs(contestant.pid)
      const { requests, p50Us, p99Us, p999Us } = await paced(atHttp(contestant, '/'), 2000, 4, seconds)
      return [p50Us, p99Us, p999Us, (cpuUs(contestant.pid) - before) / requests]
    },
  },
]
