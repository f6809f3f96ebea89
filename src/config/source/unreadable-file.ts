/* What to say about a configuration file that cannot be read. */
import { readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute } from 'node:path'
import type { ConfigError } from '../../api/config.ts'
import { nearest } from '../decode/suggest.ts'

export function unreadableFile(path: string, error: unknown): ConfigError {
  const near = nearFile(path)
  const hints = [
    ...(near === undefined ? [] : [`did you mean "${near}"?`]),
    ...(isAbsolute(path) ? [] : [`relative names start at ${process.cwd()}`]),
  ]
  return {
    id: 'NU304',
    severity: 'error',
    path: '',
    message: `Invalid path: ${path} (${reason(error)})`,
    ...(hints.length === 0 ? {} : { hint: hints.join('; ') }),
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES') return 'permission denied'
  return code === 'EISDIR' ? 'it is a directory' : String(error)
}

function nearFile(path: string): string | undefined {
  const folder = dirname(path)
  try {
    const name = nearest(
      basename(path),
      readdirSync(folder).filter((each) => each !== basename(path)),
    )
    return name === undefined ? undefined : path.slice(0, path.length - basename(path).length) + name
  } catch {
    return undefined
  }
}
