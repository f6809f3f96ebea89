/**
 * Tells when something is moved onto a path, which is how configuration is replaced whole (a symlink or a file renamed
 * over the old one). What is watched is the directory, since the thing itself is another one afterwards.
 */
import type { FSWatcher } from 'node:fs'
import { existsSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

export interface FileWatcher {
  /** Nothing is told afterwards. Idempotent. */
  close(): void
}

/**
 * Calls `onMoved` once for every replacement of `path`. A removal alone tells nothing: what is gone has no new content.
 * The directory must exist. Does not keep the process alive.
 */
export function watchMoves(path: string, onMoved: () => void): FileWatcher {
  const name = basename(path)
  const watcher: FSWatcher = watch(dirname(path), { persistent: false }, (event, changed) => {
    if (event === 'rename' && changed === name && existsSync(path)) onMoved()
  })
  // The directory itself went away: there will be no replacement any more.
  watcher.on('error', () => watcher.close())
  return { close: () => watcher.close() }
}

/** What keeps `path` from being watched, in Envoy's words; undefined when nothing does. */
export function unwatchable(path: string): string | undefined {
  if (!path.includes('/')) return `invalid file path ${path}`
  if (existsSync(dirname(path))) return undefined
  return `unable to add filesystem watch for file ${path}: No such file or directory`
}
