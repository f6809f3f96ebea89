/** See api/async-client.ts. */
import type {
  AsyncCallbacks,
  AsyncClient,
  AsyncMessageOptions,
  AsyncRequestOptions,
  AsyncStream,
  AsyncStreamCallbacks,
} from '../../api/async-client.ts'
import type { ByteQueue } from '../../api/bytes.ts'
import type { Dispatcher } from '../../api/event.ts'
import type { FactoryContext } from '../../api/extension.ts'
import type { RequestHeaders } from '../../api/headers.ts'
import type { StreamInfo } from '../../api/stream-info.ts'
import type { Cancellable } from '../../api/upstream.ts'
import { HostChoice } from '../host-choice.ts'
import { nullRoute } from '../null-route.ts'
import { RequestTimers } from '../request-timers.ts'
import { RouterFilter } from '../router-filter.ts'
import type { RouterShared } from '../router-shared.ts'
import { createRouterStats } from '../router-stats.ts'
import { AsyncMessage } from './async-message.ts'
import { AsyncRouterStream } from './async-router-stream.ts'

/** All that a factory of filters gets, or a part of it. */
export type AsyncHttpClientDeps = Pick<FactoryContext, 'clusters' | 'dispatcher' | 'runtime' | 'random' | 'scope'> & {
  readonly localInfo: Pick<FactoryContext['localInfo'], 'localAddress'>
  /** Of a stream without a connection: `detachedStreamInfo` of the network. */
  newStreamInfo(dispatcher: Dispatcher): StreamInfo
}

const RESPONSE_LIMIT_KEY = 'http.async_response_buffer_limit'
const RESPONSE_LIMIT = 32 * 1024 * 1024
const NO_OPTIONS: AsyncRequestOptions = {}

export class AsyncHttpClient implements AsyncClient {
  readonly #clusterName: string
  readonly #deps: AsyncHttpClientDeps
  /** Made with the first request. */
  #shared: RouterShared | undefined = undefined

  constructor(clusterName: string, deps: AsyncHttpClientDeps) {
    this.#clusterName = clusterName
    this.#deps = deps
  }

  send(
    headers: RequestHeaders,
    body: ByteQueue | undefined,
    callbacks: AsyncCallbacks,
    options: AsyncMessageOptions = NO_OPTIONS,
  ): Cancellable | undefined {
    const limit = options.maxResponseBytes ?? this.#deps.runtime.current.integer(RESPONSE_LIMIT_KEY, RESPONSE_LIMIT)
    const message = new AsyncMessage(callbacks, limit)
    message.send(this.start(message, options), headers, body)
    return message.isOver ? undefined : message
  }

  start(callbacks: AsyncStreamCallbacks, options: AsyncRequestOptions = NO_OPTIONS): AsyncStream {
    const { dispatcher, random, localInfo } = this.#deps
    const { timeoutMs = 0, retryPolicy, hashPolicy, tellsOrigin = true, bufferLimitBytes = 0, reader } = options
    return new AsyncRouterStream(callbacks, {
      dispatcher,
      streamInfo: this.#deps.newStreamInfo(dispatcher),
      router: new RouterFilter((this.#shared ??= this.#createShared())),
      route: nullRoute(this.#clusterName, { timeoutMs, retryPolicy, hashPolicy }),
      random: random.u32(),
      bufferLimitBytes,
      reader,
      localAddress: tellsOrigin ? localInfo.localAddress : undefined,
    })
  }

  #createShared(): RouterShared {
    const { clusters, dispatcher, runtime, random, scope } = this.#deps
    return {
      clusters,
      runtime,
      random,
      stats: createRouterStats(scope.scope('http.async-client.')),
      timers: dispatcher.local(RequestTimers),
      choice: new HostChoice(),
      mirrors: { start: () => undefined },
      suppressEnvoyHeaders: false,
      shedForward: undefined,
      dynamicStats: true,
      strictHeaders: [],
      respectExpectedTimeout: false,
    }
  }
}
