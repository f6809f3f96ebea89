/** early_header_mutation_extensions and original_ip_detection_extensions. */
import type { Reader } from '../../../../api/config.ts'
import type { ExtensionConfig, ParseContext } from '../../../../api/extension.ts'
import type { ConnectionManagerConfig } from '../../../../http/connection-manager-config.ts'

type EarlyRequest = Pick<ConnectionManagerConfig, 'createEarlyMutators' | 'createDetectors'>
type Category = 'envoy.http.early_header_mutation' | 'envoy.http.original_ip_detection'

export function readEarlyRequest(reader: Reader, context: ParseContext): EarlyRequest {
  const mutators = readEach(reader, 'early_header_mutation_extensions', 'envoy.http.early_header_mutation', context)
  const detectors = readEach(reader, 'original_ip_detection_extensions', 'envoy.http.original_ip_detection', context)
  if (detectors.length > 0) checkMixture(reader)
  return {
    createEarlyMutators: (factory) => mutators.map(({ extension, config }) => extension.create(config, factory)),
    createDetectors: (factory) => detectors.map(({ extension, config }) => extension.create(config, factory)),
  }
}

function readEach<K extends Category>(
  reader: Reader,
  field: string,
  category: K,
  context: ParseContext,
): ExtensionConfig<K>[] {
  return reader
    .messages(field, (entry) => context.namedExtension(entry, category))
    .filter((resolved) => resolved !== undefined)
}

function checkMixture(reader: Reader): void {
  const others = ['use_remote_address', 'xff_num_trusted_hops']
  for (const other of others) {
    const set = other === 'use_remote_address' ? reader.bool(other, false) : reader.number(other, 0) > 0
    if (!set) continue
    const message = `Original IP detection extensions and ${other} may not be mixed`
    reader.error('original_ip_detection_extensions', 'NU172', message)
  }
}
