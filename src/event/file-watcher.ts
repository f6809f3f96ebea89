/** Tells when something is moved onto a path, see `watchDirectory`. */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Dispatcher } from '../api/event.ts'
import type { DirectoryWatcher } from './directory-watcher.ts'
import { watchDirectory } from './directory-watcher.ts'

/** Calls `onMoved` once for every replacement of `path`. The directory must exist. */
export function watchMoves(path: string, dispatcher: Dispatcher, onMoved: () => void): DirectoryWatcher {
  const name = basename(path)
  return watchDirectory(dirname(path), dispatcher, (moved) => {
    if (moved === name) onMoved()
  })
}

/** What keeps `path` from being watched, in Envoy's words; undefined when nothing does. */
export function unwatchable(path: string): string | undefined {
  if (!path.includes('/')) return `invalid file path ${path}`
  if (existsSync(dirname(path))) return undefined
  return `unable to add filesystem watch for file ${path}: No such file or directory`
}
