/**
 * The callbacks of a filter for the one that runs inside of it. What a route says under their name is the outer one's, so
 * the inner one has no configuration per route. Only where a matcher is configured is there such a filter.
 */
import type { FilterCallbacks } from '../../../../../api/http.ts'

export function innerCallbacks<T extends FilterCallbacks>(callbacks: T): T {
  return new Proxy(callbacks, {
    get(target, key) {
      if (key === 'perRouteConfig') return undefined
      if (key === 'perRouteConfigs') return NONE
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}

const NONE: readonly unknown[] = []
