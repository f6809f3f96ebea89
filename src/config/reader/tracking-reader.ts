/*
 * The main thread's reader. It remembers every field asked for; whatever is set and was never asked for is reported by
 * `reportUnread`: accepted silently is the one thing that no field may be.
 */
import type { FieldPath, Json, Message, PathSegment, Reader, RegexLimits } from '../../api/config.ts'
import type { Finding } from '../decode/finding.ts'
import { shortName } from '../decode/describe.ts'
import type { MessageType } from '../schema/schema-types.ts'
import { MessageReader } from './message-reader.ts'
import { typeUrlOf } from './read-values.ts'
import type { ReaderRoot } from './reader-root.ts'

/** Where a message stands; put together to a path only when somebody asks. */
export interface Place {
  readonly above: Place | undefined
  readonly segments: FieldPath
}

/** Where no runtime says otherwise. */
const DEFAULT_REGEX_LIMITS: RegexLimits = { errorLevel: 100, warnLevel: Number.POSITIVE_INFINITY }

export class TrackingReader extends MessageReader {
  readonly type: string
  readonly #place: Place
  readonly #root: ReaderRoot
  readonly #messageType: MessageType
  /** Of the fields that are set; made with the first, for a thousand routes have a hundred fields each that are not. */
  #taken: string[] | undefined = undefined
  #kept = false

  constructor(root: ReaderRoot, type: string, place: Place, json: Message) {
    super(root.schema, json)
    this.type = type
    this.#place = place
    this.#root = root
    this.#messageType = root.schema.requireMessage(type)
    root.readers.push(this)
  }

  get path(): FieldPath {
    return pathOf(this.#place)
  }

  get regexLimits(): RegexLimits {
    return this.#root.regexLimits ?? DEFAULT_REGEX_LIMITS
  }

  has(field: string): boolean {
    this.#prove(field)
    return this.json[field] !== undefined
  }

  ignore(field: string, _reason: string): void {
    // What changes nothing must be legal all the same.
    if (this.#messageType.byName.get(field)?.typeName === 'google.protobuf.Duration') this.optionalDurationMs(field)
    else this.take(field)
  }

  keep(): Message {
    this.#kept = true
    return this.json
  }

  error(field: string | undefined, id: string, message: string, hint?: string): void {
    this.#report('error', field, id, message, hint)
  }

  warn(field: string | undefined, id: string, message: string, hint?: string): void {
    this.#report('warning', field, id, message, hint)
  }

  unsupported(field: string | undefined, what: string): void {
    if (field !== undefined) this.#note(field)
    this.#report('error', field, 'NU120', `${what} is not supported by Nuncio yet`)
  }

  /** Call once, when the root's parse is over. */
  reportUnread(): void {
    if (this.#kept) return
    for (const field in this.json) {
      if (field === '@type' || this.#taken?.includes(field) === true) continue
      this.#report(
        'error',
        field,
        'NU120',
        `${shortName(this.type)}.${field} is not supported by Nuncio yet`,
        undefined,
        'key',
      )
    }
  }

  protected take(field: string): Json | undefined {
    this.#prove(field)
    const value = this.json[field]
    if (value !== undefined) this.#note(field)
    return value
  }

  protected child(field: string, segments: readonly PathSegment[], json: Message): Reader {
    const inside = typeUrlOf(json) === undefined ? segments : [...segments, { any: true } as const]
    return new TrackingReader(this.#root, this.childType(field, json), { above: this.#place, segments: inside }, json)
  }

  #note(field: string): void {
    if (this.#taken === undefined) this.#taken = [field]
    else if (!this.#taken.includes(field)) this.#taken.push(field)
  }

  /** A wrong name is a slip in our own code that only a throw brings to light. */
  #prove(field: string): void {
    const type = this.#messageType.byName.get(field)
    if (type === undefined || type.name !== field) throw new Error(`${this.type} has no field ${field}`)
  }

  #report(
    severity: Finding['severity'],
    field: string | undefined,
    id: string,
    message: string,
    hint?: string,
    of: Finding['of'] = 'value',
  ): void {
    // An absent field cannot be pointed at: then the message is.
    const path = field === undefined || this.json[field] === undefined ? this.path : [...this.path, field]
    this.#root.findings.push({ id, severity, message, path, of, hint })
  }
}

function pathOf({ above, segments }: Place): FieldPath {
  return above === undefined ? segments : [...pathOf(above), ...segments]
}
