/**
 * Reads the replies of a Thrift server as Envoy's health checks do, as far as is needed to tell whether the method went well.
 * Of each piece that comes one message is read at most, also when there are more of them. What is inside of messages is passed
 * over and not kept.
 */
import { ByteQueue } from '../../base/byte-queue.ts'
import { ByteCursor } from './byte-cursor.ts'
import { peekReply, readMessageBegin } from './message-begin.ts'
import { StructSkipper } from './struct-skipper.ts'
import type { ThriftSettings } from './thrift-settings.ts'
import { HEADER_MAGIC, HEADER_PROTOCOL, MESSAGE, MOST_FRAME_BYTES } from './thrift-settings.ts'

export type ReplyOutcome = 'complete' | 'more' | { readonly error: string }

/** `left`: bytes of the frame that are to come; undefined: they are not counted. */
type State =
  | { readonly step: 'frame' }
  | { readonly step: 'message'; readonly left: number | undefined }
  | { readonly step: 'body'; left: number }
  | { readonly step: 'struct'; readonly skipper: StructSkipper }
  /** So much would have to come that it never does; all that comes is dropped. */
  | { readonly step: 'never' }

/** The header's fixed part: size of the frame, magic, flags, number, size of the header. */
const HEADER_BYTES = 14
const HEADER_BYTES_IN_FRAME = 10

const NOTHING = Buffer.alloc(0)

/** Messages that nobody asked for. */
const MOST_PENDING_BYTES = 1 << 20

/** Where no frame says how much there can be. */
const MOST_NAME_BYTES = 1 << 16

export class ThriftReplyDecoder {
  readonly #settings: ThriftSettings
  #pending = new ByteQueue()
  #state: State = { step: 'frame' }
  #success = false

  constructor(settings: ThriftSettings) {
    this.#settings = settings
  }

  /** Of the last reply or exception that began. */
  get success(): boolean {
    return this.#success
  }

  /** Takes all of `data`. 'complete': a message ended in it. After an error nothing more is to come. */
  decode(data: ByteQueue): ReplyOutcome {
    data.moveTo(this.#pending)
    for (;;) {
      const step = this.#step()
      if (step === 'on') continue
      if (step !== 'more' && step !== 'complete') return step
      // A reply is taken as it comes, so that only what is behind it can be much.
      const tooMuch = this.#pending.length > MOST_PENDING_BYTES && this.#state.step === 'frame'
      return tooMuch ? { error: 'messages that nobody asked for' } : step
    }
  }

  #step(): ReplyOutcome | 'on' {
    const state = this.#state
    switch (state.step) {
      case 'frame':
        return this.#frame()
      case 'message':
        return this.#message(state.left)
      case 'body':
        return this.#body(state)
      case 'struct':
        return this.#struct(state.skipper)
      case 'never':
        this.#pending.clear()
        return 'more'
    }
  }

  #frame(): ReplyOutcome | 'on' {
    const { transport } = this.#settings
    if (transport === 'UNFRAMED') return this.#go({ step: 'message', left: undefined }, 0)
    if (this.#pending.length < (transport === 'FRAMED' ? 4 : HEADER_BYTES)) return 'more'
    const cursor = this.#cursor()
    const size = cursor.int32()
    if (size <= 0 || size > MOST_FRAME_BYTES) return { error: `invalid thrift frame size ${size}` }
    if (transport === 'FRAMED') return this.#go({ step: 'message', left: size }, 4)
    return this.#header(cursor, size)
  }

  #header(cursor: ByteCursor, frameBytes: number): ReplyOutcome | 'on' {
    if (cursor.uint16() !== HEADER_MAGIC) return { error: 'invalid thrift header transport magic' }
    cursor.at += 6
    const bytes = cursor.uint16() * 4
    const left = frameBytes - HEADER_BYTES_IN_FRAME - bytes
    if (left < 0) return { error: 'thrift header is larger than its frame' }
    if (cursor.left < bytes) return 'more'
    const end = cursor.at + bytes
    const protocol = cursor.varint()
    const transforms = cursor.varint()
    if (cursor.at > end || protocol !== HEADER_PROTOCOL[this.#settings.protocol]) {
      return { error: 'another protocol than was asked for' }
    }
    if (transforms !== 0) return { error: 'unknown transforms' }
    return this.#go({ step: 'message', left }, end)
  }

  #message(left: number | undefined): ReplyOutcome | 'on' {
    const { protocol } = this.#settings
    const cursor = this.#cursor()
    const begin = readMessageBegin(protocol, cursor, left ?? MOST_NAME_BYTES)
    if (begin === 'never') return this.#go({ step: 'never' }, 0)
    if (begin === 'more' || 'error' in begin) return begin
    const size = cursor.at
    if (begin.type === MESSAGE.reply) {
      const reply = peekReply(protocol, cursor)
      if (reply === 'more') return 'more'
      this.#success = reply === 'success'
    }
    if (begin.type === MESSAGE.exception) this.#success = false
    if (left === undefined)
      return this.#go({ step: 'struct', skipper: new StructSkipper(protocol === 'COMPACT') }, size)
    return this.#go(left < size ? { step: 'never' } : { step: 'body', left: left - size }, size)
  }

  #body(state: State & { step: 'body' }): ReplyOutcome {
    const taken = Math.min(state.left, this.#pending.length)
    this.#pending.drain(taken)
    state.left -= taken
    if (state.left > 0) return 'more'
    this.#state = { step: 'frame' }
    return 'complete'
  }

  #struct(skipper: StructSkipper): ReplyOutcome {
    const { taken, outcome } = skipper.take(this.#bytes())
    this.#pending.drain(taken)
    if (outcome === 'error') return { error: 'invalid thrift struct' }
    if (outcome === 'more') return 'more'
    this.#state = { step: 'frame' }
    return 'complete'
  }

  #go(state: State, taken: number): 'on' {
    this.#pending.drain(taken)
    this.#state = state
    return 'on'
  }

  #cursor(): ByteCursor {
    return new ByteCursor(this.#bytes())
  }

  #bytes(): Buffer {
    if (this.#pending.length === 0) return NOTHING
    const bytes = this.#pending.coalesce()
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }
}
