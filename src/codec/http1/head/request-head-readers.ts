import type { Http1ServerSettings } from '../settings.ts'
import { RequestHeadReader } from './request-head-reader.ts'

/**
 * The readers of request heads of all connections with the same settings on a thread. A connection has one from the first
 * byte of a head to its last; mostly they are the same byte of the same chunk, and one reader serves everybody.
 */
export class RequestHeadReaders {
  readonly #settings: Http1ServerSettings
  #spare: RequestHeadReader | undefined = undefined

  constructor(settings: Http1ServerSettings) {
    this.#settings = settings
  }

  take(): RequestHeadReader {
    const reader = this.#spare ?? new RequestHeadReader(this.#settings)
    this.#spare = undefined
    return reader
  }

  /** Of a reader that completed a head, and whose head was taken. */
  give(reader: RequestHeadReader): void {
    this.#spare = reader
  }
}
