/**
 * What the runtime says of paths where the connection manager says nothing. Envoy asks once, when the connection manager
 * is made: later changes are for those that are made later.
 */
import type { RuntimeSnapshot } from '../../api/runtime.ts'
import type { EscapedSlashesAction, PathSettings } from '../connection-manager-settings.ts'

const NORMALIZE_KEY = 'http_connection_manager.normalize_path'
const ACTION_KEY = 'http_connection_manager.path_with_escaped_slashes_action'
const ACTION_ENABLED_KEY = 'http_connection_manager.path_with_escaped_slashes_action_enabled'

/** By number of the enum; the first one means that nothing is said. */
const ACTIONS: readonly EscapedSlashesAction[] = [
  'KEEP_UNCHANGED',
  'KEEP_UNCHANGED',
  'REJECT_REQUEST',
  'UNESCAPE_AND_REDIRECT',
  'UNESCAPE_AND_FORWARD',
]

/** `random`: unsigned 32 bits, for keys that are percentages. */
export function pathSettingsOfRuntime(path: PathSettings, runtime: RuntimeSnapshot, random: number): PathSettings {
  const { normalize, escapedSlashes, unset } = path
  const action = unset?.escapedSlashes === true ? ACTIONS[runtime.integer(ACTION_KEY, 1)] : escapedSlashes
  return {
    ...path,
    normalize: unset?.normalize === true ? runtime.featureEnabled(NORMALIZE_KEY, 0, random) : normalize,
    escapedSlashes: runtime.featureEnabled(ACTION_ENABLED_KEY, 100, random)
      ? (action ?? 'KEEP_UNCHANGED')
      : 'KEEP_UNCHANGED',
  }
}
