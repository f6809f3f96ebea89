/** envoy.config.core.v3.DataSource: bytes from a file, the configuration itself or the environment. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import type { Reader } from '../api/config.ts'

/** Read once. Empty after an error was reported. */
export function readDataSource(reader: Reader): Uint8Array {
  reader.ignore('watched_directory', 'Envoy looks only once at what it reads so')
  switch (reader.oneof('specifier')) {
    case 'filename':
      return readFile(reader, reader.string('filename'))
    case 'inline_bytes':
      return reader.bytes('inline_bytes') ?? new Uint8Array(0)
    case 'inline_string':
      return new TextEncoder().encode(reader.string('inline_string'))
    case 'environment_variable':
      return readVariable(reader, reader.string('environment_variable'))
    default:
      return new Uint8Array(0)
  }
}

function readFile(reader: Reader, path: string): Uint8Array {
  const nothing = new Uint8Array(0)
  if (!existsSync(path)) {
    reader.error('filename', 'NU156', `file ${path} does not exist`, `relative paths start at ${process.cwd()}`)
    return nothing
  }
  if (NEVER_READ.test(realpathSync(path))) {
    reader.error('filename', 'NU156', `Invalid path: ${path}`, 'files of /dev, /sys and /proc are not read')
    return nothing
  }
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // A folder reads as nothing, as in Envoy.
    if (code !== 'EISDIR') reader.error('filename', 'NU156', `unable to read file: ${path} (${code})`)
    return nothing
  }
}

/** What has no end, or says something else each time. */
export const NEVER_READ = /^\/(?:dev|sys|proc)(?:\/|$)/

function readVariable(reader: Reader, name: string): Uint8Array {
  const value = process.env[name]
  if (value === undefined) {
    reader.error('environment_variable', 'NU157', `Environment variable doesn't exist: ${name}`)
    return new Uint8Array(0)
  }
  return new TextEncoder().encode(value)
}
