/**
 * A layer that is a directory: each file is a value, its path with dots between the names is the key (Envoy's docs:
 * configuration/operations/runtime, "File system layout").
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LayerEntries } from './flatten-layer.ts'
import type { DiskLayerConfig } from './runtime-config.ts'
import { type RuntimeEntry, runtimeText } from './runtime-entry.ts'

/** Deeper trees are taken for a mistake, such as a link that leads back up. */
const MAX_DEPTH = 16

export type DiskLayer =
  | { readonly kind: 'loaded'; readonly entries: LayerEntries }
  /** The directory is not there, which is no error: overrides are optional. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly message: string }

export function readDiskLayer(config: DiskLayerConfig, serviceCluster: string): DiskLayer {
  const root = `${config.symlinkRoot}/${config.subdirectory}`
  const path = config.appendServiceCluster ? `${root}/${serviceCluster}` : root
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return { kind: 'absent' }
  const entries = new Map<string, RuntimeEntry>()
  try {
    walk(path, '', 1, entries)
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
  return { kind: 'loaded', entries }
}

/** Throws what the file system says. */
function walk(directory: string, prefix: string, depth: number, entries: Map<string, RuntimeEntry>): void {
  if (depth > MAX_DEPTH) throw new Error(`Walk recursion depth exceeded ${MAX_DEPTH}`)
  for (const name of readdirSync(directory)) {
    const path = join(directory, name)
    const key = prefix === '' ? name : `${prefix}.${name}`
    const status = statSync(path, { throwIfNoEntry: false })
    if (status?.isDirectory() === true) walk(path, key, depth + 1, entries)
    else if (status?.isFile() === true) {
      const entry = runtimeText(valueOf(readFileSync(path, 'utf8')))
      if (entry === undefined) throw new Error(`${path} is no YAML`)
      entries.set(key, entry)
    }
  }
}

/** The text without empty lines, comments (`#` first in a line) and the white space at its end. */
function valueOf(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '')
  const last = lines.at(-1)
  return lines.map((line) => (line.startsWith('#') ? '' : line === last ? line.trimEnd() : `${line}\n`)).join('')
}
