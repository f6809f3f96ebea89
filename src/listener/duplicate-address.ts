import type { Address } from '../api/network.ts'
import type { ListenerConfig } from './listener-config.ts'

/** Port 0 is a new port each time. */
export function isSameListenAddress(one: Address, other: Address): boolean {
  return one.text === other.text && !(one.kind === 'ip' && one.port === 0)
}

/** Envoy's words. */
export function duplicateAddress(name: string, address: string): string {
  return (
    `error adding listener: '${name}' has duplicate address '${address}' as existing listener, to check if the ` +
    `listener has duplicated addresses with other listeners or 'enable_reuse_port' is set to 'false' for the listener`
  )
}

/** The text of an address that one of the others has. */
export function takenAddress(
  { addresses }: ListenerConfig,
  others: readonly { readonly config: ListenerConfig }[],
): string | undefined {
  const theirs = others.flatMap(({ config }) => config.addresses)
  return addresses.find(({ address }) => theirs.some((its) => isSameListenAddress(its.address, address)))?.address.text
}
