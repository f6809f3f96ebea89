/* Access logs as files in the scratch folder of a proxy under test. */

const FILE_LOG = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog'

/** An entry of `access_log`; `more` stands beside the name, `filter` for one. */
export function fileLog(file: string, format: object = {}, more: object = {}): object {
  return {
    name: 'envoy.access_loggers.file',
    ...more,
    typed_config: { '@type': FILE_LOG, path: `{folder}/${file}`, ...format },
  }
}

/** A line of this format for each record. */
export function textFormat(line: string): object {
  return { log_format: { text_format_source: { inline_string: `${line}\n` } } }
}
