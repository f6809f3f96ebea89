/* A filter between itself and the chain that checks both against the contract of src/api/http.ts. */
import type { ByteQueue } from '../../src/api/bytes.ts'
import type { Dispatcher, Timer } from '../../src/api/event.ts'
import type { RequestHeaders, ResponseHeaders, Trailers } from '../../src/api/headers.ts'
import type {
  DataStatus,
  DecoderCallbacks,
  DecoderFilter,
  EncoderCallbacks,
  EncoderFilter,
  HeadersStatus,
  HttpFilterFactory,
  LocalReply,
  TrailersStatus,
} from '../../src/api/http.ts'

/** Offences by every filter of a test. */
export class FilterWatch {
  readonly offences: string[] = []
  created = 0
  destroyed = 0

  /** The same factory with every filter that it makes under watch. */
  wrap(factory: HttpFilterFactory): HttpFilterFactory {
    return (builder) =>
      factory({
        addDecoderFilter: (filter) => builder.addDecoderFilter(new WatchedFilter(this, filter, undefined)),
        addEncoderFilter: (filter) => builder.addEncoderFilter(new WatchedFilter(this, undefined, filter)),
        addFilter: (filter) => builder.addFilter(new WatchedFilter(this, filter, filter)),
      })
  }

  report(offence: string): void {
    this.offences.push(offence)
  }
}

type Direction = 'decode' | 'encode'

class WatchedFilter implements DecoderFilter, EncoderFilter {
  readonly #watch: FilterWatch
  readonly #decoder: DecoderFilter | undefined
  readonly #encoder: EncoderFilter | undefined
  readonly #timers: Timer[] = []
  /** What each direction has seen: nothing, the head, the end. */
  readonly #seen: Record<Direction, 'nothing' | 'head' | 'end'> = { decode: 'nothing', encode: 'nothing' }
  #destroyed = false

  constructor(watch: FilterWatch, decoder: DecoderFilter | undefined, encoder: EncoderFilter | undefined) {
    this.#watch = watch
    this.#decoder = decoder
    this.#encoder = encoder
    watch.created++
  }

  setDecoderCallbacks(callbacks: DecoderCallbacks): void {
    this.#decoder?.setDecoderCallbacks(this.#guarded(callbacks))
  }

  setEncoderCallbacks(callbacks: EncoderCallbacks): void {
    this.#encoder?.setEncoderCallbacks(this.#guarded(callbacks))
  }

  decodeHeaders(headers: RequestHeaders, end: boolean): HeadersStatus {
    this.#onHead('decode', end)
    return this.#checkHead('decode', this.#decoder!.decodeHeaders(headers, end), end)
  }

  decodeData(data: ByteQueue, end: boolean): DataStatus {
    this.#onMore('decode', end)
    return this.#decoder!.decodeData(data, end)
  }

  decodeTrailers(trailers: Trailers): TrailersStatus {
    this.#onMore('decode', true)
    return this.#decoder!.decodeTrailers(trailers)
  }

  decodeComplete(): void {
    this.#decoder!.decodeComplete?.()
  }

  encode1xx(headers: ResponseHeaders): 'continue' | 'stop' {
    return this.#encoder!.encode1xx?.(headers) ?? 'continue'
  }

  encodeHeaders(headers: ResponseHeaders, end: boolean): HeadersStatus {
    this.#onHead('encode', end)
    return this.#checkHead('encode', this.#encoder!.encodeHeaders(headers, end), end)
  }

  encodeData(data: ByteQueue, end: boolean): DataStatus {
    this.#onMore('encode', end)
    return this.#encoder!.encodeData(data, end)
  }

  encodeTrailers(trailers: Trailers): TrailersStatus {
    this.#onMore('encode', true)
    return this.#encoder!.encodeTrailers(trailers)
  }

  encodeComplete(): void {
    this.#encoder!.encodeComplete?.()
  }

  onLocalReply(reply: LocalReply): 'continue' | 'continue-and-reset' {
    return (this.#decoder ?? this.#encoder!).onLocalReply?.(reply) ?? 'continue'
  }

  onStreamComplete(): void {
    ;(this.#decoder ?? this.#encoder!).onStreamComplete?.()
  }

  onDestroy(): void {
    if (this.#destroyed) this.#watch.report('destroyed twice')
    ;(this.#decoder ?? this.#encoder!).onDestroy()
    this.#destroyed = true
    this.#watch.destroyed++
    if (this.#timers.some((timer) => timer.enabled)) this.#watch.report('a timer outlives its filter')
  }

  #onHead(direction: Direction, end: boolean): void {
    if (this.#destroyed) this.#watch.report(`${direction}Headers after onDestroy`)
    if (this.#seen[direction] !== 'nothing') this.#watch.report(`${direction}Headers twice`)
    this.#seen[direction] = end ? 'end' : 'head'
  }

  #onMore(direction: Direction, end: boolean): void {
    if (this.#destroyed) this.#watch.report(`more to ${direction} after onDestroy`)
    if (this.#seen[direction] !== 'head') this.#watch.report(`${direction} after ${this.#seen[direction]}`)
    if (end) this.#seen[direction] = 'end'
  }

  #checkHead(direction: Direction, status: HeadersStatus, end: boolean): HeadersStatus {
    if (status === 'continue-and-dont-end-stream' && !end) {
      this.#watch.report(`${direction}Headers keeps open what goes on anyway`)
    }
    return status
  }

  #guarded<T extends DecoderCallbacks | EncoderCallbacks>(callbacks: T): T {
    return new Proxy(callbacks, {
      get: (target, property) => {
        if (property === 'dispatcher') return this.#dispatcher(target.dispatcher)
        const value: unknown = Reflect.get(target, property, target)
        if (typeof value !== 'function') return value
        return (...args: readonly unknown[]): unknown => {
          if (this.#destroyed) this.#watch.report(`${String(property)} called after onDestroy`)
          return Reflect.apply(value, target, args)
        }
      },
      set: (target, property, value) => Reflect.set(target, property, value, target),
    })
  }

  #dispatcher(dispatcher: Dispatcher): Dispatcher {
    return new Proxy(dispatcher, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property, target)
        if (typeof value !== 'function') return value
        return (...args: readonly unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, args)
          // `timer` returns a Timer.
          if (property === 'timer') this.#timers.push(result as Timer)
          return result
        }
      },
    })
  }
}
