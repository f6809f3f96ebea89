/**
 * What a source that is read again and again had the last time: of the messages of one type that stand in lists (thousands of
 * endpoints, of which a few are new) those that come again as they were are the same objects, neither decoded nor checked
 * once more. Nothing is remembered that somebody had anything to say about.
 */
import type { Json, Message } from '../../api/config.ts'
import { RecentMap } from '../../base/recent-map.ts'

export class ElementMemo {
  /** Full proto name of the messages. */
  readonly typeName: string
  /** By the text of the tree that they were made from. */
  readonly #known = new RecentMap<string, Message>()
  readonly #checked = new WeakSet<Message>()

  constructor(typeName: string) {
    this.typeName = typeName
  }

  /** A reading begins; much that the one before it did not have again is forgotten. */
  begin(): void {
    this.#known.nextRound()
  }

  /** Undefined: the tree has no text that tells it from all others. */
  static textOf(tree: unknown): string | undefined {
    try {
      const text = JSON.stringify(tree)
      // What JSON has no number for becomes null as well.
      return text.includes('null') ? undefined : text
    } catch {
      // Integers that a double cannot hold.
      return undefined
    }
  }

  get(text: string): Message | undefined {
    return this.#known.get(text)
  }

  set(text: string, value: Json): void {
    // A list of this type has messages.
    this.#known.set(text, value as Message)
  }

  isChecked(message: Message): boolean {
    return this.#checked.has(message)
  }

  noteChecked(message: Message): void {
    this.#checked.add(message)
  }
}
