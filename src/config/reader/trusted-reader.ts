/* The workers' reader: the main thread has proved this very message, so nothing is remembered and nothing can fail. */
import type { FieldPath, Json, Message, PathSegment, Reader } from '../../api/config.ts'
import { envoySchema } from '../schema/envoy-schema.ts'
import { MessageReader } from './message-reader.ts'

interface Parent {
  readonly reader: TrustedReader
  readonly field: string
  /** From the parent's path to the child's. */
  readonly segments: readonly PathSegment[]
}

class TrustedReader extends MessageReader {
  readonly regexLimits = undefined
  #type: string | undefined
  readonly #parent: Parent | undefined

  constructor(type: string | undefined, json: Message, parent?: Parent) {
    super(envoySchema, json)
    this.#type = type
    this.#parent = parent
  }

  /** Asked for seldom, so worked out only then. */
  get type(): string {
    this.#type ??= this.#parent === undefined ? '' : this.#parent.reader.childType(this.#parent.field, this.json)
    return this.#type
  }

  get path(): FieldPath {
    return this.#parent === undefined ? [] : [...this.#parent.reader.path, ...this.#parent.segments]
  }

  protected take(field: string): Json | undefined {
    return this.json[field]
  }

  protected child(field: string, segments: readonly PathSegment[], json: Message): Reader {
    return new TrustedReader(undefined, json, { reader: this, field, segments })
  }

  has(field: string): boolean {
    return this.json[field] !== undefined
  }

  ignore(): void {}

  keep(): Message {
    return this.json
  }

  error(): void {}

  warn(): void {}

  unsupported(): void {}
}

/** `typeName` is the message's full proto name, or anything for an Any's inner message: then its @type decides. */
export function trustedReader(typeName: string, json: Message): Reader {
  return new TrustedReader(typeName, json)
}
