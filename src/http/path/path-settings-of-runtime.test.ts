import { expect, test } from 'bun:test'
import { runtimeFromValues } from '../../runtime/runtime-from-values.ts'
import type { PathSettings } from '../connection-manager-settings.ts'
import { pathSettingsOfRuntime } from './path-settings-of-runtime.ts'

const KEY = 'http_connection_manager.'
const PLAIN: PathSettings = { normalize: false, mergeSlashes: false, escapedSlashes: 'KEEP_UNCHANGED' }
const UNSET: PathSettings = { ...PLAIN, unset: { normalize: true, escapedSlashes: true } }

function settle(path: PathSettings, values: Record<string, number>) {
  const keyed = Object.fromEntries(Object.entries(values).map(([key, value]) => [KEY + key, value]))
  const { normalize, escapedSlashes } = pathSettingsOfRuntime(path, runtimeFromValues(JSON.stringify(keyed)), 42)
  return [normalize, escapedSlashes]
}

test('paths: the runtime speaks where the configuration says nothing, and only there', () => {
  expect(settle(UNSET, {})).toEqual([false, 'KEEP_UNCHANGED'])
  expect(settle(UNSET, { normalize_path: 100, path_with_escaped_slashes_action: 3 })).toEqual([
    true,
    'UNESCAPE_AND_REDIRECT',
  ])
  expect(settle(PLAIN, { normalize_path: 100, path_with_escaped_slashes_action: 3 })).toEqual([false, 'KEEP_UNCHANGED'])
  expect(settle(UNSET, { normalize_path: 42, path_with_escaped_slashes_action: 9 })).toEqual([false, 'KEEP_UNCHANGED'])
  expect(settle(UNSET, { normalize_path: 43, path_with_escaped_slashes_action: 2 })).toEqual([true, 'REJECT_REQUEST'])
})

test('paths: the action on escaped slashes can be switched off whatever is configured', () => {
  const path: PathSettings = { ...PLAIN, escapedSlashes: 'REJECT_REQUEST' }
  expect(settle(path, {})).toEqual([false, 'REJECT_REQUEST'])
  expect(settle(path, { path_with_escaped_slashes_action_enabled: 0 })).toEqual([false, 'KEEP_UNCHANGED'])
})
