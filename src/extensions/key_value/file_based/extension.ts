/** envoy.key_value.file_based: a file that keeps keys and values over a restart. */
import type { Reader } from '../../../api/config.ts'
import type { Extension } from '../../../api/extension.ts'
import type { OpenKeyValueStore } from '../../../api/key-value-store.ts'
import { FileBasedKeyValueStore } from './file-based-key-value-store.ts'

export const extension: Extension<OpenKeyValueStore, 'envoy.common.key_value'> = {
  category: 'envoy.common.key_value',
  name: 'envoy.key_value.file_based',
  typeNames: ['envoy.extensions.key_value.file_based.v3.FileBasedKeyValueStoreConfig'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse,
  create: (open) => open,
}

const MOST_ENTRIES = 1000

function parse(reader: Reader): OpenKeyValueStore {
  const config = {
    path: reader.string('filename'),
    flushIntervalMs: reader.durationMs('flush_interval', 0),
    maxEntries: reader.number('max_entries', MOST_ENTRIES),
  }
  return (deps) => new FileBasedKeyValueStore(config, deps)
}
