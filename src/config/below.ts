import type { Json, Message } from '../api/config.ts'

/** What stands below `json` at these keys; undefined where there is no such member. */
export function below(json: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let inner = json
  for (const key of keys) {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return undefined
    inner = (inner as Message)[key]
  }
  return inner
}
