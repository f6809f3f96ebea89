/** The route tables of one thread that came by name (RDS), replaced whole. */
import type { RouteConfig, RouteConfigProvider } from '../api/route.ts'

interface Held extends RouteConfigProvider {
  current: RouteConfig | undefined
}

export class RouteTables {
  readonly #tables = new Map<string, Held>()

  /** The same object for the same key, with or without a table in it. */
  provider(key: string): RouteConfigProvider {
    return this.#held(key)
  }

  set(key: string, table: RouteConfig): void {
    this.#held(key).current = table
  }

  /** Nobody uses the table any more. Streams that hold it keep it. */
  remove(key: string): void {
    this.#tables.delete(key)
  }

  #held(key: string): Held {
    let held = this.#tables.get(key)
    if (held === undefined) this.#tables.set(key, (held = { current: undefined }))
    return held
  }
}
