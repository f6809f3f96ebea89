/** Whether an update leaves everything but the filter chains as it is, and what becomes of those. */
import type { Message } from '../api/config.ts'
import type { ListenerConfig } from './listener-config.ts'

const CHAIN_FIELDS: ReadonlySet<string> = new Set(['filter_chains', 'default_filter_chain', 'filter_chain_matcher'])

export function differsInFilterChainsOnly(before: Message, after: Message): boolean {
  // What a chain says of use_proxy_proto belongs to the listener's own filters.
  return (
    hasChains(after) && proxyProtoOf(before) === proxyProtoOf(after) && withoutChains(before) === withoutChains(after)
  )
}

function proxyProtoOf({ filter_chains: chains, default_filter_chain: fallback }: Message): boolean {
  const first = Array.isArray(chains) && chains.length > 0 ? (chains[0] as Message) : (fallback as Message | undefined)
  return first?.['use_proxy_proto'] === true
}

/** The chains of `before` that are in `after` no more, or have changed; each a FilterChain as JSON. */
export function vanishedChains(before: ListenerConfig, after: ListenerConfig): readonly string[] {
  const kept = new Set(chainTexts(after))
  return chainTexts(before).filter((text) => !kept.has(text))
}

function chainTexts({ filterChains, defaultFilterChain }: ListenerConfig): readonly string[] {
  const texts = filterChains.map(({ text }) => text)
  return defaultFilterChain === undefined ? texts : [...texts, defaultFilterChain.text]
}

function hasChains(message: Message): boolean {
  return Array.isArray(message['filter_chains']) && message['filter_chains'].length > 0
}

function withoutChains(message: Message): string {
  return JSON.stringify(Object.entries(message).filter(([field]) => !CHAIN_FIELDS.has(field)))
}
