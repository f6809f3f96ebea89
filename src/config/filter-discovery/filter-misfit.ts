/** Whether a filter that came from elsewhere may stand where it is wanted. */
import type { DiscoveredFilter, FilterSubscriptionRequest } from '../../api/discovery.ts'
import type { Extension } from '../../api/extension.ts'

/** What of a request decides. */
export type FilterWish = Pick<FilterSubscriptionRequest, 'name' | 'place' | 'typeNames'>

/** In Envoy's words; undefined when it may. */
export function filterMisfit(wish: FilterWish, { filter, typeName }: DiscoveredFilter): string | undefined {
  return typeMisfit(wish, typeName) ?? positionMisfit(wish, filter.extension)
}

export function typeMisfit({ typeNames }: FilterWish, typeName: string): string | undefined {
  if (typeNames.includes(typeName)) return undefined
  return `Error: filter config has type URL ${typeName} but expect ${typeNames.join(', ')}.`
}

/** A terminal filter ends the chain and nothing but a terminal filter does. */
export function positionMisfit({ name, place }: FilterWish, extension: Extension): string | undefined {
  const { chain, last } = place
  const terminal = extension.terminal === true
  if (place.kind === 'tcp_listener_filter' || terminal === last) return undefined
  const what = `filter named ${name} of type ${extension.name}`
  return terminal
    ? `Error: terminal ${what} must be the last filter in a ${chain} filter chain.`
    : `Error: non-terminal ${what} is the last filter in a ${chain} filter chain.`
}
