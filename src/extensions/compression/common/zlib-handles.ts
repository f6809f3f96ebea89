/**
 * A handle of zlib without the stream object around it, which costs eight times as much to make and insists on smaller
 * values: window bits above 15 say that inflate is to expect a gzip header, of one member, and nothing else.
 */
import type { NativeHandle, NativeParts } from './native-stream.ts'
import { partsOf } from './native-stream.ts'

export interface ZlibSettings {
  readonly windowBits: number
  readonly level?: number
  readonly memoryLevel?: number
  readonly strategy?: number
}

interface ZlibHandle extends NativeHandle {
  init(
    windowBits: number,
    level: number,
    memoryLevel: number,
    strategy: number,
    state: Uint32Array,
    afterWrite: () => void,
    dictionary: undefined,
  ): void
}

const NO_CALL = (): void => undefined

type HandleClass = new (mode: number) => ZlibHandle

/** Makes handles; node:zlib is loaded with the first, so that a proxy that compresses nothing does without. */
export class ZlibHandles {
  #Handle: HandleClass | undefined = undefined

  /** `mode`: 2 inflates, 3 deflates with a gzip header (node_zlib_mode of Node). */
  open(mode: 2 | 3, settings: ZlibSettings): NativeParts {
    const { windowBits, level = 0, memoryLevel = 0, strategy = 0 } = settings
    const Handle = (this.#Handle ??= handleClass())
    const handle = new Handle(mode)
    const state = new Uint32Array(2)
    handle.init(windowBits, level, memoryLevel, strategy, state, NO_CALL, undefined)
    return { handle, state }
  }
}

function handleClass(): HandleClass {
  const { createGzip } = require('node:zlib') as typeof import('node:zlib')
  const { handle } = partsOf(createGzip())
  handle.close()
  return (handle as ZlibHandle).constructor as HandleClass
}
