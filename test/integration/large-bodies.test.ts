/*
 * Bodies that are larger than what is read from a socket at once, several at a time, so that memory which they came in is
 * received into again while others are still under way: each arrives as it was sent, whoever keeps a part of it.
 */
import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { httpListener, routeTo, staticCluster } from '../support/configs.ts'
import { startWholeProxy } from '../support/whole-proxy.ts'

const BODY_BYTES = 3_000_000
const ROUNDS = 3

/** Different in every place and for every `n`. */
function body(n: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(BODY_BYTES / 4)
  let state = n + 1
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    words[i] = state
  }
  return new Uint8Array(words.buffer)
}

const digest = (bytes: ArrayBuffer | Uint8Array): string =>
  createHash('sha1').update(new Uint8Array(bytes)).digest('hex')

const FILTERS = {
  cors: 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors',
  buffer: 'type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer',
}

test('large bodies of several requests arrive as they were sent: passed on, kept for a retry, mirrored, buffered, over TCP', async () => {
  const failed = new Set<string>()
  const mirrored = new Set<string>()
  const server = (answer: (request: Request, bytes: ArrayBuffer) => Response | undefined) =>
    Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: async (request) => {
        const bytes = await request.arrayBuffer()
        return answer(request, bytes) ?? new Response(bytes)
      },
    })
  using app = server((request, bytes) => {
    const id = digest(bytes)
    if (!request.url.includes('/retried') || failed.has(id)) return undefined
    failed.add(id)
    return new Response('again', { status: 503 })
  })
  using shadow = server((_, bytes) => {
    mirrored.add(digest(bytes))
    return new Response('')
  })
  const routes = [
    routeTo('app', '/retried', { retry_policy: { retry_on: '5xx', num_retries: 1 } }),
    routeTo('app', '/mirrored', { request_mirror_policies: [{ cluster: 'shadow' }] }),
    routeTo('app'),
  ]
  const listener = (name: string, filters: readonly object[]) =>
    httpListener(name, {
      routes,
      virtualHost: { per_request_buffer_limit_bytes: 2 * BODY_BYTES },
      filters,
    })
  const resources = {
    listeners: [
      listener('plain', []),
      listener('passing', [{ name: 'cors', typed_config: { '@type': FILTERS.cors } }]),
      listener('buffering', [
        { name: 'buffer', typed_config: { '@type': FILTERS.buffer, max_request_bytes: 2 * BODY_BYTES } },
      ]),
      {
        name: 'tcp',
        address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'tcp',
                typed_config: {
                  '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
                  stat_prefix: 'tcp',
                  cluster: 'app',
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [staticCluster('app', [app.port!]), staticCluster('shadow', [shadow.port!])],
  }
  await using proxy = await startWholeProxy(resources, { flags: ['--concurrency', '1'] })
  let n = 0
  const toMirror: string[] = []
  const exchange = async (name: string, path: string): Promise<void> => {
    const sent = body(n++)
    if (path === 'mirrored') toMirror.push(digest(sent))
    const url = `http://127.0.0.1:${proxy.port(name)}/${path}`
    const answer = await fetch(url, { method: 'POST', body: sent })
    expect([url, answer.status, digest(await answer.arrayBuffer())]).toEqual([url, 200, digest(sent)])
  }
  // Of the first mirrored request the copy has no connection yet while the original has.
  await exchange('plain', '')
  await exchange('plain', 'mirrored')
  for (let round = 0; round < ROUNDS; round++) {
    await Promise.all([
      exchange('plain', ''),
      exchange('plain', 'retried'),
      exchange('plain', 'mirrored'),
      exchange('passing', ''),
      exchange('passing', 'retried'),
      exchange('buffering', ''),
      exchange('tcp', ''),
    ])
  }
  expect(failed.size).toBe(ROUNDS * 2)
  // The copies of mirrored requests may take longer than their originals.
  for (let i = 0; i < 200 && mirrored.size < toMirror.length; i++) await Bun.sleep(20)
  expect([...mirrored].sort()).toEqual(toMirror.sort())
}, 60_000)
