/** Why a subscription cannot be made, in Envoy's words. */
import { existsSync } from 'node:fs'
import type { LocalInfo } from '../api/extension.ts'
import type { ConfigSource } from '../api/subscription.ts'

/** `typeName`: full proto name of the resources. Undefined when nothing is in the way. */
export function subscriptionProblem(
  source: ConfigSource,
  typeName: string,
  { nodeId, clusterName }: Pick<LocalInfo, 'nodeId' | 'clusterName'>,
): string | undefined {
  if (nodeId === '' || clusterName === '') {
    return (
      `type.googleapis.com/${typeName}: node 'id' and 'cluster' are required. Set it either in 'node' config or ` +
      'via --service-node and --service-cluster options.'
    )
  }
  const { path, watchedDirectory } = source
  if (!existsSync(path)) return `paths must refer to an existing path in the system: '${path}' does not exist`
  return watchedDirectory === undefined || existsSync(watchedDirectory)
    ? undefined
    : `unable to add filesystem watch for file ${watchedDirectory}/: No such file or directory`
}
