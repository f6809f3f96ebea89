/** `ip_tags_datasource`: a file of YAML or JSON with an IPTagging.IPTags, told apart by its name. */
import { readFileSync, statSync } from 'node:fs'
import type { Reader } from '../../../../api/config.ts'
import { parseMessage } from '../../../../config/parse-message.ts'
import { parseRoot } from '../../../../config/parse-root.ts'

const TYPE = 'envoy.extensions.filters.http.ip_tagging.v3.IPTagging.IPTags'

/** What `read` makes of the message in the file; undefined after an error was reported. */
export function readTagsFile<T>(source: Reader, read: (tags: Reader) => T): T | undefined {
  if (source.oneof('specifier') !== 'filename') {
    source.keep()
    source.error(undefined, 'NU177', 'Cannot load tags from empty filename in datasource.', 'name a file')
    return undefined
  }
  const file = source.string('filename')
  const refuse = (message: string): undefined => source.error('filename', 'NU177', message) as undefined
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    return refuse(`unable to create data source 'Invalid path: ${file}'`)
  const format = /\.(yaml|json)$/.exec(file)?.[1] as 'yaml' | 'json' | undefined
  if (format === undefined) return refuse(`Unsupported file format, unable to parse ip tags from file ${file}`)
  const message = parseMessage(TYPE, readFileSync(file, 'utf8'), { file, format })
  const parsed = message.ok ? parseRoot(TYPE, message.value, {}, read) : message
  if (parsed.ok) return parsed.value
  const [first] = parsed.errors
  return refuse(`unable to create data source '${first?.message ?? file}'`)
}
