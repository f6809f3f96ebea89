/** Connections that come from the address of the client instead of the cluster's own. */
import type { UpstreamSource } from '../../api/network.ts'
import type { LoadBalancerContext } from '../../api/upstream.ts'
import { withPort } from '../../network/address.ts'
import { markOption, transparentOptions } from '../../network/socket-options.ts'
import type { PoolContext } from './pool-context.ts'

export function upstreamSourceOf({
  streamInfo,
  downstreamConnection,
}: LoadBalancerContext): UpstreamSource | undefined {
  return streamInfo?.upstreamSource ?? downstreamConnection?.info.upstreamSource
}

/** What tells connections of this source from others. */
export function keyOfSource({ address, mark }: UpstreamSource): string {
  return `${address.ip} ${mark}`
}

export function contextWithSource(context: PoolContext, source: UpstreamSource | undefined): PoolContext {
  if (source === undefined) return context
  const { address, mark } = source
  const options = [...(mark === 0 ? [] : [markOption(mark)]), ...transparentOptions(true)]
  const { settings } = context
  return {
    ...context,
    settings: {
      ...settings,
      // One alone is taken as it is. When the host is of the other family, that fails to bind, as it does in Envoy.
      sourceAddresses: [withPort(address, 0)],
      socketOptions: [...settings.socketOptions, ...options],
    },
  }
}
