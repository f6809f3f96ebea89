/*
 * An append-only file of lines, buffered: the access logs and --log-path, and, with nothing to wait for, stderr.
 *
 * Text is a rope of latin1 strings (one byte of the file a code unit, so header bytes pass unchanged); it becomes bytes
 * once per flush. Every thread has its own sink on a path: the file is opened O_APPEND and each write carries whole
 * lines, so lines of several threads never mix. The write itself is synchronous: into the page cache, or, for pipes,
 * without waiting.
 */
import { writeSync } from 'node:fs'
import type { AccessLogFile } from '../api/access-log.ts'
import type { Timer } from '../api/event.ts'
import type { LogSink } from '../api/log.ts'
import type { Counter, Gauge } from '../api/stats.ts'
import type { Destination } from './destination.ts'
import { closeDestination, openDestination } from './destination.ts'
import { errorCode } from './open-error.ts'

/** `filesystem.*`. */
export interface FileSinkStats {
  readonly writeBuffered: Counter
  readonly writeCompleted: Counter
  readonly writeFailed: Counter
  readonly flushedByTimer: Counter
  readonly reopenFailed: Counter
  /** Bytes. */
  readonly writeTotalBuffered: Gauge
}

export interface FileSinkDeps {
  timer(callback: () => void): Timer
  /** More than this much text is written without waiting for the timer; EVERY_LINE: nothing ever waits. */
  readonly flushMinBytes: number
  /** 0: no regular flush. */
  readonly flushIntervalMs: number
  readonly stats: FileSinkStats
}

export type OpenedSink = { readonly ok: true; readonly sink: FileSink } | { readonly ok: false; readonly error: string }

/** What a reader that has stopped reading (or a disk that went away) may cost; lines beyond it are dropped. */
const MOST_BUFFERED_BYTES = 16 << 20

export const EVERY_LINE = -1

/** How much must gather before a destination that took nothing is tried again without waiting for the timer. */
const RETRY_ABOVE_BYTES = 4096

/** How soon a full pipe is tried again. */
const RETRY_MS = 20

/** At the end of the process: how often a full pipe is tried again, and how long between. */
const LAST_ATTEMPTS = 50
const LAST_ATTEMPT_WAIT_MS = 10

export class FileSink implements AccessLogFile, LogSink {
  readonly path: string
  readonly #deps: FileSinkDeps
  readonly #stats: FileSinkStats
  readonly #timer: Timer
  /** Undefined after a failed reopening (tried again at each flush) and after close. */
  #destination: Destination | undefined
  /** Lines not yet written. */
  #text = ''
  /** What an interrupted write left over: always the end of a line and older than the text. */
  #rest: Uint8Array | undefined
  #buffered = 0
  /** A line that leaves more than this buffered flushes. At first every line does: Envoy's first reaches the disk at once. */
  #flushAbove = EVERY_LINE
  #retrying = false
  #closed = false

  private constructor(path: string, destination: Destination, deps: FileSinkDeps) {
    this.path = path
    this.#destination = destination
    this.#deps = deps
    this.#stats = deps.stats
    this.#timer = deps.timer(() => this.#onTimer())
    this.#armRegularFlush()
  }

  /** Opens the file, creating it if need be. The error is Envoy's text. */
  static open(path: string, deps: FileSinkDeps): OpenedSink {
    const opened = openDestination(path)
    return opened.ok ? { ok: true, sink: new FileSink(path, opened.destination, deps) } : opened
  }

  /** `line` is latin1 and ends with its newline. Never throws, never waits. */
  write(line: string): void {
    if (this.#closed || this.#buffered > MOST_BUFFERED_BYTES) return this.#drop()
    this.#text += line
    this.#buffered += line.length
    this.#stats.writeBuffered.inc()
    this.#stats.writeTotalBuffered.add(line.length)
    if (this.#buffered > this.#flushAbove) this.flush()
  }

  flush(): void {
    const destination = this.#destination ?? this.#open()
    if (destination === undefined) return this.#wait()
    if (this.#buffered === 0) return
    const before = this.#buffered
    this.#writeOut(destination)
    this.#stats.writeTotalBuffered.sub(before - this.#buffered)
    this.#retrying = this.#buffered > 0
    if (!this.#retrying) this.#flushAbove = this.#deps.flushMinBytes
    else {
      this.#wait()
      // There may be no other line to give the full pipe another try.
      this.#timer.enable(RETRY_MS)
    }
  }

  /** For log rotation: the old file is let go, what is buffered goes to the new one. */
  reopen(): void {
    if (this.#closed || this.#destination?.standard === true) return
    if (this.#destination !== undefined) closeDestination(this.#destination)
    this.#destination = undefined
    this.flush()
  }

  /** Writes what is left, waiting a little for a full pipe, and closes. Lines written later are counted as failed. */
  close(): void {
    if (this.#closed) return
    this.flush()
    for (let attempt = 0; this.#retrying && attempt < LAST_ATTEMPTS; attempt++) {
      waitMs(LAST_ATTEMPT_WAIT_MS)
      this.flush()
    }
    this.#closed = true
    this.#timer.disable()
    if (this.#destination !== undefined) closeDestination(this.#destination)
    this.#destination = undefined
    this.#stats.writeTotalBuffered.sub(this.#buffered)
    this.#buffered = 0
    this.#text = ''
  }

  #onTimer(): void {
    if (!this.#retrying) this.#stats.flushedByTimer.inc()
    this.#armRegularFlush()
    this.flush()
  }

  #armRegularFlush(): void {
    if (this.#deps.flushIntervalMs > 0) this.#timer.enable(this.#deps.flushIntervalMs)
  }

  #open(): Destination | undefined {
    if (this.#closed) return undefined
    const opened = openDestination(this.path)
    if (opened.ok) return (this.#destination = opened.destination)
    this.#stats.reopenFailed.inc()
    return undefined
  }

  /** Nothing can be written now: let more lines gather before they try. */
  #wait(): void {
    this.#flushAbove = this.#buffered + Math.max(this.#deps.flushMinBytes, RETRY_ABOVE_BYTES)
  }

  /** Writes until all is out or the destination takes no more; what fails for good is dropped. */
  #writeOut(destination: Destination): void {
    const bytes = this.#takeBytes()
    let from = 0
    while (from < bytes.length) {
      const end = endOfLines(bytes, from, destination.atomicBytes)
      const written = this.#writeOnce(destination.fd, bytes, from, end)
      if (written === 'again') break
      from += written === 'failed' ? end - from : written
    }
    this.#buffered = bytes.length - from
    this.#rest = this.#buffered === 0 ? undefined : bytes.subarray(from)
  }

  #takeBytes(): Uint8Array {
    const fresh = Buffer.from(this.#text, 'latin1')
    this.#text = ''
    return this.#rest === undefined ? fresh : Buffer.concat([this.#rest, fresh])
  }

  #writeOnce(fd: number, bytes: Uint8Array, from: number, end: number): number | 'again' | 'failed' {
    try {
      const written = writeSync(fd, bytes, from, end - from)
      if (written === end - from) this.#stats.writeCompleted.inc()
      else this.#stats.writeFailed.inc()
      return written === 0 ? 'again' : written
    } catch (error) {
      if (errorCode(error) === 'EAGAIN') return 'again'
      this.#stats.writeFailed.inc()
      return 'failed'
    }
  }

  #drop(): void {
    this.#stats.writeFailed.inc()
  }
}

const NEWLINE = 10

/** The end of the last line that fits in `limit` bytes; a longer line goes alone and whole. */
function endOfLines(bytes: Uint8Array, from: number, limit: number): number {
  if (bytes.length - from <= limit) return bytes.length
  const lastInside = bytes.lastIndexOf(NEWLINE, from + limit - 1)
  if (lastInside >= from) return lastInside + 1
  const next = bytes.indexOf(NEWLINE, from)
  return next < 0 ? bytes.length : next + 1
}

/** Blocks the thread; only for the last moments of a process, when its loop no longer turns. */
function waitMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
