/* What a file holds, in formats of logs and headers. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { direct, httpListener } from '../support/configs.ts'
import { differential } from './support/differential.ts'
import { fileLog } from '../support/file-log.ts'

const T = 'type.googleapis.com/envoy.extensions'
const formatters = [
  {
    name: 'envoy.formatter.file_content',
    typed_config: { '@type': `${T}.formatter.file_content.v3.FileContent` },
  },
]
const log = (file: string, format: object) => fileLog(file, { log_format: { ...format, formatters } })
const WHOLE = '%FILE_CONTENT({folder}/token)%'

differential('contents of files in formats', {
  prepare: (folder) => {
    mkdirSync(join(folder, 'watched'), { recursive: true })
    writeFileSync(join(folder, 'token'), 'first\n')
    writeFileSync(join(folder, 'empty'), '')
    writeFileSync(join(folder, 'watched/f'), 'é')
  },
  bootstrap: () => ({
    static_resources: {
      listeners: [
        httpListener('front', {
          routes: [direct('/', 'ok')],
          extra: {
            access_log: [
              log('text.log', {
                text_format_source: {
                  inline_string: `${WHOLE}|%FILE_CONTENT({folder}/token):3%|%FILE_CONTENT({folder}/watched/f:{folder}/watched)%|%FILE_CONTENT({folder}/empty)%|%FILE_CONTENT({folder})%\n`,
                },
              }),
              log('json.log', {
                json_format: { whole: WHOLE, part: `a ${WHOLE}`, empty: '%FILE_CONTENT({folder}/empty)%' },
              }),
              log('empty.log', {
                json_format: { empty: '%FILE_CONTENT({folder}/empty)%', unset: '%REQ(x)%' },
                omit_empty_values: true,
              }),
            ],
            local_reply_config: {
              mappers: [
                {
                  filter: { header_filter: { header: { name: 'x-map', present_match: true } } },
                  body_format_override: { text_format_source: { inline_string: `<${WHOLE}>` }, formatters },
                },
              ],
            },
          },
        }),
      ],
    },
  }),
  traffic: async (side) => {
    const { folder } = side.proxy
    await side.request('first', 'front', 'GET /', 'x-map: a')
    writeFileSync(join(folder, 'token'), 'second')
    writeFileSync(join(folder, 'watched/new'), 'moved')
    renameSync(join(folder, 'watched/new'), join(folder, 'watched/f'))
    await Bun.sleep(300)
    await side.request('second', 'front', 'GET /', 'x-map: a')
    await side.noteLog('text.log', 3)
    await side.noteLog('json.log', 2)
    await side.noteLog('empty.log', 2)
  },
})
