/** Response heads: field lines with the status as a property. */
import type { ResponseHeaders } from '../../api/headers.ts'
import { FieldLines } from './field-lines.ts'
import { RESPONSE_FIELDS } from './merged-names.ts'
import type { ReceivedLines } from './received-lines.ts'

const STATUS = ':status'

export class ResponseFieldLines extends FieldLines implements ResponseHeaders {
  status: number
  /** The peer's own phrase; only where a formatter passes it on (preserve_case's forward_reason_phrase). */
  reasonPhrase: string | undefined = undefined

  constructor(status: number, received?: ReceivedLines) {
    super(received, RESPONSE_FIELDS)
    this.status = status
  }

  override get byteSize(): number {
    return super.byteSize + STATUS.length + String(this.status).length
  }

  override get(name: string): string | undefined {
    return name === STATUS ? String(this.status) : super.get(name)
  }

  override getAll(name: string): readonly string[] {
    return name === STATUS ? [String(this.status)] : super.getAll(name)
  }

  override has(name: string): boolean {
    return name === STATUS || super.has(name)
  }

  /** A status that is no number leaves the status alone. */
  override set(name: string, value: string): void {
    if (name !== STATUS) super.set(name, value)
    else if (/^\d{3}$/.test(value)) this.status = Number(value)
  }
}

/** A response head built by hand. */
export function newResponseHeaders(status: number): ResponseHeaders {
  return new ResponseFieldLines(status)
}
