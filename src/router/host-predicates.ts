/** `retry_host_predicate`: hosts that a retry had better not go to. */
import type { Reader } from '../api/config.ts'
import type { RetryPolicy } from '../api/route.ts'
import type { Host } from '../api/upstream.ts'
import type { MetadataMatch } from './metadata-match.ts'
import { hasMembers, readMetadataMatch } from './metadata-match.ts'

const PREVIOUS_HOSTS = 'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'
const OMIT_CANARY_HOSTS = 'envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate'
const OMIT_HOST_METADATA = 'envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig'

type Omission = (host: Host) => boolean

export function readHostPredicates(reader: Reader): Pick<RetryPolicy, 'avoidsPreviousHosts' | 'omitsHost'> {
  let avoidsPreviousHosts = false
  const omissions: Omission[] = []
  reader.messages('retry_host_predicate', (predicate) => {
    const name = predicate.string('name')
    const any = predicate.any('typed_config')
    switch (any?.typeName) {
      case PREVIOUS_HOSTS:
        avoidsPreviousHosts = true
        return
      case OMIT_CANARY_HOSTS:
        omissions.push((host) => host.canary)
        return
      case OMIT_HOST_METADATA:
        omissions.push(omitsByMetadata(readMetadataMatch(any.reader)))
        return
      default:
        any?.reader.keep()
        predicate.unsupported(any === undefined ? undefined : 'typed_config', `${name} (${any?.typeName ?? ''})`)
    }
  })
  return { avoidsPreviousHosts, omitsHost: (host) => omissions.some((omits) => omits(host)) }
}

function omitsByMetadata(members: MetadataMatch | undefined): Omission {
  return members === undefined ? () => false : (host) => hasMembers(host.metadata, members)
}
