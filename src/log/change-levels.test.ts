import { describe, expect, test } from 'bun:test'
import { changeAllLevels, changeLevels } from './change-levels.ts'
import { EARLY_LOG_SETTINGS, ThreadLog } from './thread-log.ts'

function threadLog(): { readonly log: ThreadLog; readonly lines: string[] } {
  const lines: string[] = []
  const sink = { write: (line: string) => void lines.push(line.trimEnd()), flush: () => undefined }
  const settings = { ...EARLY_LOG_SETTINGS, pattern: '[%l][%n] [%g:%#] %v' }
  return { log: new ThreadLog(settings, { sink, threadId: 1, processId: 1, version: 'v', wallNow: () => 0 }), lines }
}

const one = (name: string, level: string): string =>
  `[info][admin] [source/server/admin/logs_handler.cc:228] change log level: name='${name}' level='${level}'`
const all = (level: string): string =>
  `[info][misc] [source/common/common/logger.cc:176] change all log levels: level='${level}'`

// Each as Envoy 1.40 logs it.
describe('changes of levels', () => {
  test('a change of some is told for each of them, in the order of the components', () => {
    const { log, lines } = threadLog()
    changeLevels(log, { upstream: 'error', http: 'debug' })
    expect(lines).toEqual([one('http', 'debug'), one('upstream', 'error')])
    expect([log.levels().http, log.levels().upstream, log.levels().main]).toEqual(['debug', 'error', 'info'])
  })

  test('the level of before decides whether a change is told', () => {
    const { log, lines } = threadLog()
    changeLevels(log, { http: 'info', admin: 'error' })
    changeLevels(log, { admin: 'info' })
    changeLevels(log, { admin: 'info' })
    expect(lines).toEqual([one('admin', 'error'), one('admin', 'info')])
  })

  test('a change of all is told once', () => {
    const { log, lines } = threadLog()
    changeAllLevels(log, 'error')
    changeAllLevels(log, 'info')
    changeAllLevels(log, 'info')
    expect(lines).toEqual([all('error'), all('info')])
  })
})
