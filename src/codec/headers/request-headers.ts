/** Request heads: field lines with the pseudo-headers as properties. `host` is another name of `:authority`. */
import type { RequestHeaders } from '../../api/headers.ts'
import type { ByteWriter } from '../../base/byte-writer.ts'
import { FieldLines } from './field-lines.ts'
import { HOST } from './field-names.ts'
import type { HeaderKeyFormatter } from './header-key-format.ts'
import { writtenName } from './header-key-format.ts'
import { writeHttp1Lines } from './http1-lines.ts'
import { REQUEST_FIELDS } from './merged-names.ts'
import type { ReceivedLines } from './received-lines.ts'

const COLON = 58

export class RequestFieldLines extends FieldLines implements RequestHeaders {
  method: string
  path: string
  authority: string | undefined
  scheme: string | undefined = undefined
  protocol: string | undefined = undefined
  readonly #receivedMethod: string
  readonly #receivedPath: string
  /** The Host line when it was the first one and nobody joined it with another. */
  #receivedHost: string | undefined = undefined

  constructor(method: string, path: string, authority: string | undefined, received?: ReceivedLines) {
    super(received, REQUEST_FIELDS)
    this.method = method
    this.path = path
    this.authority = authority
    this.#receivedMethod = method
    this.#receivedPath = path
  }

  /** Makes the received Host line the authority; the codec does so first of all. */
  takeHost(): void {
    const index = this.takeLine(HOST)
    if (index < 0) return
    const host = this.lineValue(index)
    this.authority = host
    if (index === 0 && this.hasFirstLine && this.isUntouched(0)) this.#receivedHost = host
  }

  /**
   * Writes the head as HTTP/1 sends it, without the empty line. `target` is undefined where the path is it. A received head
   * whose first two lines nobody changed leaves as it is.
   */
  writeHttp1Head(out: ByteWriter, target: string | undefined, format: HeaderKeyFormatter | undefined): void {
    const { method, path, authority } = this
    const stands =
      format === undefined &&
      target === undefined &&
      authority !== undefined &&
      authority === this.#receivedHost &&
      path === this.#receivedPath &&
      method === this.#receivedMethod
    if (stands) return this.writeHttp1LinesWithHead(out, 'coding')
    writeRequestLines(out, method, target ?? path, authority, writtenName('host', this.receivedNames, format))
    this.writeHttp1Lines(out, format, 'coding')
  }

  override get byteSize(): number {
    return (
      super.byteSize +
      pseudoSize(':method', this.method) +
      pseudoSize(':path', this.path) +
      // An empty Host is there all the same.
      (this.authority === undefined ? 0 : ':authority'.length + this.authority.length) +
      pseudoSize(':scheme', this.scheme) +
      pseudoSize(':protocol', this.protocol)
    )
  }

  override get(name: string): string | undefined {
    return isPseudo(name) ? this.#pseudo(name) : super.get(name)
  }

  override getAll(name: string): readonly string[] {
    if (!isPseudo(name)) return super.getAll(name)
    const value = this.#pseudo(name)
    return value === undefined ? [] : [value]
  }

  override has(name: string): boolean {
    return isPseudo(name) ? this.#pseudo(name) !== undefined : super.has(name)
  }

  override set(name: string, value: string): void {
    if (isPseudo(name)) this.#setPseudo(name, value)
    else super.set(name, value)
  }

  override add(name: string, value: string): void {
    if (isPseudo(name)) this.append(name, value)
    else super.add(name, value)
  }

  override append(name: string, value: string): void {
    if (!isPseudo(name)) super.append(name, value)
    else {
      const before = this.#pseudo(name)
      this.#setPseudo(name, before === undefined || before === '' ? value : `${before},${value}`)
    }
  }

  override remove(name: string): number {
    if (!isPseudo(name)) return super.remove(name)
    const there = this.#pseudo(name) !== undefined
    this.#setPseudo(name, undefined)
    return there ? 1 : 0
  }

  #pseudo(name: string): string | undefined {
    switch (name) {
      case ':method':
        return this.method === '' ? undefined : this.method
      case ':path':
        return this.path === '' ? undefined : this.path
      case 'host':
      case ':authority':
        return this.authority
      case ':scheme':
        return this.scheme
      case ':protocol':
        return this.protocol
      default:
        return undefined
    }
  }

  #setPseudo(name: string, value: string | undefined): void {
    switch (name) {
      case ':method':
        this.method = value ?? ''
        return
      case ':path':
        this.path = value ?? ''
        return
      case 'host':
      case ':authority':
        this.authority = value
        return
      case ':scheme':
        this.scheme = value
        return
      case ':protocol':
        this.protocol = value
        return
      default: // no such pseudo-header: there is nothing to set
    }
  }
}

/** A request head built by hand. */
export function newRequestHeaders(method: string, path: string, authority: string | undefined): RequestHeaders {
  return new RequestFieldLines(method, path, authority)
}

/** Request line and Host line. */
function writeRequestLines(
  out: ByteWriter,
  method: string,
  target: string,
  authority: string | undefined,
  hostName: string,
): void {
  out.text(method)
  out.text(' ')
  out.text(target)
  out.text(' HTTP/1.1')
  if (authority === undefined) return
  out.text('\r\n')
  out.text(hostName)
  out.text(': ')
  out.text(authority)
}

/** The head of any request, whoever made the map, without the empty line. */
export function writeRequestHead(
  out: ByteWriter,
  headers: RequestHeaders,
  target: string | undefined,
  format: HeaderKeyFormatter | undefined,
): void {
  if (headers instanceof RequestFieldLines) return headers.writeHttp1Head(out, target, format)
  const { method, path, authority } = headers
  writeRequestLines(out, method, target ?? path, authority, writtenName('host', undefined, format))
  writeHttp1Lines(out, headers, format, 'coding')
}

function isPseudo(name: string): boolean {
  return name.charCodeAt(0) === COLON || name === 'host'
}

function pseudoSize(name: string, value: string | undefined): number {
  return value === undefined || value === '' ? 0 : name.length + value.length
}
