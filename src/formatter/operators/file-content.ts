/**
 * %FILE_CONTENT(path)% of envoy.formatter.file_content: what the file holds now. Whether it is another one than before is
 * looked at once a turn of the loop, so nobody has to watch it; a directory to watch, which may be named behind the path,
 * is only asked to exist.
 */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import type { FormatterContext } from '../../api/access-log.ts'
import { NEVER_READ } from '../../config/data-source.ts'
import type { CompiledOperator, Operator, OperatorTable } from '../operator.ts'

export const FILE_CONTENT_OPERATORS: OperatorTable = {
  FILE_CONTENT: { parameters: 'optional', truncates: true, compile: compileFileContent },
}

function compileFileContent(parameter: string): CompiledOperator {
  const [path, directory, ...more] = parameter.split(':').filter((part) => part !== '')
  if (path === undefined || more.length > 0) {
    return { error: `FILE_CONTENT: expected format 'path' or 'path:watch_directory', got '${parameter}'` }
  }
  if (!existsSync(path) || NEVER_READ.test(realpathSync(path))) return { error: `Invalid path: ${path}` }
  if (directory !== undefined && !existsSync(directory)) {
    return { error: `unable to add filesystem watch for file ${directory}/: No such file or directory` }
  }
  return new FileContent(path)
}

class FileContent implements Operator {
  readonly #path: string
  #lookedAt: number | undefined = undefined
  #identity = ''
  /** Wire text. */
  #content = ''

  constructor(path: string) {
    this.#path = path
  }

  text({ streamInfo: { now } }: FormatterContext): string {
    if (now === undefined || now !== this.#lookedAt) this.#look()
    this.#lookedAt = now
    return this.#content
  }

  /** What there was stays where nothing can be read. */
  #look(): void {
    const stat = statSync(this.#path, { throwIfNoEntry: false })
    if (stat === undefined) return
    const identity = `${stat.ino} ${stat.mtimeMs} ${stat.size}`
    if (identity === this.#identity) return
    this.#identity = identity
    try {
      this.#content = stat.isDirectory() ? '' : readFileSync(this.#path).toString('latin1')
    } catch {
      // Gone or locked away in between.
    }
  }
}
