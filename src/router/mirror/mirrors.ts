/** The mirrored copies of one request, as the router filter sees them. */
import type { ByteQueue } from '../../api/bytes.ts'
import type { RequestHeaders, Trailers } from '../../api/headers.ts'
import type { MirrorPolicy } from '../../api/route.ts'
import type { Runtime } from '../../api/runtime.ts'
import { lentBytes } from '../../base/lent-bytes.ts'
import type { RouterCallbacks } from '../router-callbacks.ts'

/** A copy that is under way, or several. */
export interface Mirror {
  sendData(data: ByteQueue, end: boolean): void
  sendTrailers(trailers: Trailers): void
  cancel(): void
}

/** What the original allows its copies. */
export interface MirrorLimits {
  readonly timeoutMs: number
  /** What is kept of the body for further attempts. */
  readonly bufferBytes: number
}

/** Starts copies. */
export interface Mirrors {
  /** undefined when there is no such cluster. */
  start(
    original: RouterCallbacks,
    headers: RequestHeaders,
    clusterName: string,
    policy: MirrorPolicy,
    limits: MirrorLimits,
    end: boolean,
  ): Mirror | undefined
}

/** The copies that the policies want of a request; undefined when there is nothing to send to them any more. */
export function startMirrors(
  { mirrors, runtime }: { readonly mirrors: Mirrors; readonly runtime: Runtime },
  mirrorPolicies: readonly MirrorPolicy[],
  callbacks: RouterCallbacks,
  headers: RequestHeaders,
  limits: MirrorLimits,
  end: boolean,
): Mirror | undefined {
  if (headers.method === 'CONNECT') return undefined
  const started: Mirror[] = []
  for (const policy of mirrorPolicies) {
    if (!policy.applies(runtime, callbacks.streamRandom)) continue
    const cluster = policy.clusterName(headers)
    if (cluster === undefined) continue
    const mirror = mirrors.start(callbacks, headers, cluster, policy, limits, end)
    if (mirror !== undefined) started.push(mirror)
  }
  return end || started.length === 0 ? undefined : new MirrorGroup(started)
}

class MirrorGroup implements Mirror {
  readonly #mirrors: readonly Mirror[]

  constructor(mirrors: readonly Mirror[]) {
    this.#mirrors = mirrors
  }

  sendData(data: ByteQueue, end: boolean): void {
    if (lentBytes.active) lentBytes.keep()
    for (const mirror of this.#mirrors) mirror.sendData(data, end)
  }

  sendTrailers(trailers: Trailers): void {
    for (const mirror of this.#mirrors) mirror.sendTrailers(trailers)
  }

  cancel(): void {
    for (const mirror of this.#mirrors) mirror.cancel()
  }
}
