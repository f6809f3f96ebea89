/* What clients, logs and stats see of upstreams that fail: one cluster for each fault. */
import { blackHole } from '../../support/black-hole.ts'
import { httpListener, routeTo, staticCluster } from '../../support/configs.ts'
import { differential } from './differential.ts'
import { completeReplies } from './http-replies.ts'
import { masked } from './mask.ts'
import { fileLog, textFormat } from '../../support/file-log.ts'
import type { Side } from './side.ts'

export interface Fault {
  readonly name: string
  /** See `test/support/faulty-backend.ts`. */
  readonly script: string
  readonly method?: string
  /** Sent 100 ms apart. */
  readonly body?: readonly string[]
  /** As content-length; default: the length of all pieces. */
  readonly length?: number
  readonly retry?: object
  readonly route?: object
  readonly cluster?: object
  readonly port?: 'dead' | 'hole'
  /** Default: 1. */
  readonly times?: number
}

const LOG =
  '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% ' +
  'failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% host=%UPSTREAM_HOST% ' +
  'hosts=%UPSTREAM_HOSTS_ATTEMPTED% remote=%UPSTREAM_REMOTE_ADDRESS% protocol=%UPSTREAM_PROTOCOL% rx=%BYTES_RECEIVED% ' +
  'tx=%BYTES_SENT% up-tx=%UPSTREAM_WIRE_BYTES_SENT%/%UPSTREAM_HEADER_BYTES_SENT% ' +
  'up-rx=%UPSTREAM_WIRE_BYTES_RECEIVED%/%UPSTREAM_HEADER_BYTES_RECEIVED% ' +
  'ended=%UPSTREAM_DETECTED_CLOSE_TYPE%,%UPSTREAM_LOCAL_CLOSE_REASON% termination=%CONNECTION_TERMINATION_DETAILS%'

/** Longer than anything that is expected. */
const LIMIT_MS = 1500

const BODY = ['hello']

export function getAndPost(scripts: Readonly<Record<string, string>>, more: Partial<Fault> = {}, note = ''): Fault[] {
  return Object.entries(scripts).flatMap(([name, script]) => [
    { name: `${name}${note}`, script, ...more },
    { name: `POST ${name}${note}`, script, method: 'POST', body: BODY, ...more },
  ])
}

function slug(index: number): string {
  return `c${index}`
}

async function exchange(side: Side, fault: Fault, index: number, time: number): Promise<void> {
  const { method = 'GET', body, script } = fault
  const pieces = body ?? []
  const length = body === undefined ? '' : `content-length: ${fault.length ?? pieces.join('').length}\r\n`
  using client = await side.connect('front')
  client.write(
    `${method} /${slug(index)} HTTP/1.1\r\nhost: a\r\nx-once: ${index}\r\nx-do: ${script}\r\n${length}\r\n${pieces[0] ?? ''}`,
  )
  for (const piece of pieces.slice(1)) {
    await Bun.sleep(100)
    client.write(piece)
  }
  let closed = false
  const end = client.closed(LIMIT_MS).then(
    () => (closed = true),
    () => undefined,
  )
  const limit = performance.now() + LIMIT_MS
  for (;;) {
    const replies = completeReplies(client.received(), [method], closed)
    const final = replies.find(({ status }) => !/ 1(?!01)\d\d /.test(status))
    const isLast = final?.headers.some((header) => header.startsWith('connection: close')) === true
    if (closed || performance.now() > limit) break
    if (final !== undefined && !isLast) break
    await Promise.race([end, Bun.sleep(5)])
  }
  const text = masked(client.received(), side.places)
  const note = [text.length > 3000 ? `${text.slice(0, 300)}…${text.length}` : text, closed ? 'closed' : 'open']
  side.note(`${index} ${fault.name} ${time}`, note)
  await side.logLines('access.log', ++logged(side).lines)
  // The upstream may have more to do.
  await Bun.sleep(script.includes('sleep') ? 150 : 20)
}

const counts = new WeakMap<Side, { lines: number }>()

function logged(side: Side): { lines: number } {
  let count = counts.get(side)
  if (count === undefined) counts.set(side, (count = { lines: 0 }))
  return count
}

/** `manager` is merged over the connection manager. */
export function differentialFaults(name: string, faults: readonly Fault[], manager: object = {}): void {
  let hole: { readonly port: number } | undefined = undefined
  const portOf = (fault: Fault, faulty: number): number => {
    if (fault.port === 'dead') return 1
    return fault.port === 'hole' ? (hole?.port ?? 0) : faulty
  }
  differential(name, {
    faulty: ['app'],
    bootstrap: (port) => ({
      static_resources: {
        listeners: [
          httpListener('front', {
            routes: [
              routeTo('warm', '/warm'),
              ...faults.map(({ retry, route }, i) => ({
                ...routeTo(slug(i), `/${slug(i)}`, {
                  ...(retry === undefined ? {} : { retry_policy: retry }),
                  ...route,
                }),
                match: { path: `/${slug(i)}` },
              })),
            ],
            virtualHost: { include_attempt_count_in_response: true },
            extra: { delayed_close_timeout: '0.1s', access_log: [fileLog('access.log', textFormat(LOG))], ...manager },
          }),
        ],
        clusters: [
          staticCluster('warm', [port('app')]),
          ...faults.map((fault, i) =>
            staticCluster(slug(i), [portOf(fault, port('app'))], {
              alt_stat_name: statName(fault, i),
              ...fault.cluster,
            }),
          ),
        ],
      },
    }),
    before: async () => {
      if (faults.some(({ port }) => port === 'hole')) hole = await blackHole()
    },
    stats: /^cluster\.c\d+|^http\.ingress\.(?:downstream_(?:rq|cx)|rq_)/,
    volatile: /bytes_(?:total|buffered)|downstream_cx_(?:destroy|length|active)|idle_timeout/,
    traffic: async (side) => {
      await side.exchange('front', 'GET /warm HTTP/1.1\r\nhost: a\r\n\r\n')
      logged(side).lines++
      for (const [index, fault] of faults.entries()) {
        for (let time = 0; time < (fault.times ?? 1); time++) await exchange(side, fault, index, time)
      }
      await side.noteLog('access.log', logged(side).lines)
      side.note(
        'received',
        side.receivedBy('app').map((text) => text.replaceAll(/^x-envoy-expected.*\r\n/gm, '')),
      )
    },
  })
}

function statName(fault: Fault, index: number): string {
  return `c${index}_${fault.name.replaceAll(/[^A-Za-z0-9]+/g, '_')}`
}
