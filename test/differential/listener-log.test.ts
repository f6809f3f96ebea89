/* What the access log of a listener says of how its connections ended, beside the real Envoy. */
import { direct, httpListener } from '../support/configs.ts'
import { fileLog, textFormat } from '../support/file-log.ts'
import { differential } from './support/differential.ts'
import { exchange } from './support/listener-case.ts'

const FORMAT =
  '%DOWNSTREAM_LOCAL_CLOSE_REASON% %DOWNSTREAM_DETECTED_CLOSE_TYPE% %RESPONSE_FLAGS% %BYTES_RECEIVED%/%BYTES_SENT%'
const GET = 'GET / HTTP/1.1\r\nhost: a\r\n'

function listener(name: string, protocolOptions: object): object {
  const log = fileLog('ends', textFormat(FORMAT))
  const extra = { common_http_protocol_options: protocolOptions, delayed_close_timeout: '0.2s', drain_timeout: '0.1s' }
  return { ...httpListener(name, { statPrefix: name, routes: [direct('/', name)], extra }), access_log: [log] }
}

differential('access log of a listener: who closed, and why', {
  bootstrap: () => ({
    static_resources: {
      listeners: [listener('idle', { idle_timeout: '0.4s' }), listener('short', { max_connection_duration: '0.3s' })],
    },
  }),
  traffic: async (side) => {
    const log = async (lines: number): Promise<void> => void (await side.logLines('ends', lines))
    await exchange(side, 'idle', { pieces: [`${GET}connection: close\r\n\r\n`], waitMs: 1500 })
    await log(1)
    await exchange(side, 'idle', { pieces: [`${GET}connection: close\r\n\r\n`], waitMs: 60 })
    await log(2)
    await exchange(side, 'idle', { pieces: [`${GET}\r\n`], waitMs: 60 })
    await log(3)
    await exchange(side, 'idle', { pieces: [`${GET}\r\n`], ends: true })
    await log(4)
    await exchange(side, 'idle', { pieces: [], waitMs: 1500 })
    await log(5)
    await exchange(side, 'idle', { pieces: ['GET / HTTP/9\r\n\r\n'], waitMs: 1500 })
    await log(6)
    await exchange(side, 'short', { pieces: [`${GET}\r\n`], waitMs: 1500 })
    await log(7)
    await exchange(side, 'short', { pieces: [], waitMs: 1500 })
    await side.noteLog('ends', 8)
  },
})
