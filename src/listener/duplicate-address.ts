import type { Address } from '../api/network.ts'
import type { ListenerConfig } from './listener-config.ts'

/** Port 0 is a new port each time that somebody binds to it. */
function isSameListenAddress(address: Address, other: Address, otherIsBound: boolean): boolean {
  return address.text === other.text && !(otherIsBound && other.kind === 'ip' && other.port === 0)
}

/** Envoy's words. */
export function duplicateAddress(name: string, address: string): string {
  return (
    `error adding listener: '${name}' has duplicate address '${address}' as existing listener, to check if the ` +
    `listener has duplicated addresses with other listeners or 'enable_reuse_port' is set to 'false' for the listener`
  )
}

/** All addresses of the listener, as Envoy names them, where one of the others has one of them. */
export function takenAddress(
  { addresses }: ListenerConfig,
  others: readonly { readonly config: ListenerConfig }[],
): string | undefined {
  const taken = others.some(({ config }) =>
    config.addresses.some(({ address: its }) =>
      addresses.some(({ address }) => isSameListenAddress(address, its, config.bindToPort)),
    ),
  )
  return taken ? addresses.map(({ address }) => address.text).join() : undefined
}
