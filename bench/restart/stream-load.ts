/** Clients whose one request lasts or is large: each is begun anew when the one before is over, and must end whole. */
import { DOWNLOAD_BYTES } from './stream-backend.ts'

export const STREAM_KINDS = ['upload', 'download', 'WebSocket'] as const
type Kind = (typeof STREAM_KINDS)[number]

const SOCKET_MESSAGES = 30
const MESSAGE_PAUSE_MS = 100
const UPLOAD_BYTES = 1 << 20
const UPLOAD_PAUSE_MS = 50
/** Begun apart, so that a restart finds them everywhere in their course. */
const CLIENTS = 6
const STAGGER_MS = 500

interface Tally {
  whole: number
  cut: number
}

export interface StreamResult {
  readonly tallies: Readonly<Record<Kind, Tally>>
  readonly complaints: readonly string[]
}

export function streamLoad(port: number): { stop(): Promise<StreamResult> } {
  let stopped = false
  const tally = (): Tally => ({ whole: 0, cut: 0 })
  const tallies = { upload: tally(), download: tally(), WebSocket: tally() }
  const complaints: string[] = []
  const repeat = async (kind: Kind, once: (port: number) => Promise<string | undefined>): Promise<void> => {
    while (!stopped) {
      const complaint = await once(port)
      if (complaint === undefined) tallies[kind].whole++
      else {
        tallies[kind].cut++
        complaints.push(`${kind}: ${complaint}`)
      }
    }
  }
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    await Bun.sleep(index * STAGGER_MS)
    await Promise.all([repeat('download', download), repeat('WebSocket', talk)])
  })
  clients.push(repeat('upload', upload))
  return {
    stop: async () => {
      stopped = true
      await Promise.all(clients)
      return { tallies, complaints }
    },
  }
}

/** What went wrong. */
async function download(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/download`, { headers: { connection: 'close' } })
    const { byteLength } = await response.arrayBuffer()
    return byteLength === DOWNLOAD_BYTES ? undefined : `${byteLength} bytes of ${DOWNLOAD_BYTES}`
  } catch (error) {
    return String(error)
  }
}

async function upload(port: number): Promise<string | undefined> {
  try {
    const body = new Uint8Array(UPLOAD_BYTES).fill(122)
    const headers = { connection: 'close' }
    const response = await fetch(`http://127.0.0.1:${port}/upload`, { method: 'POST', body, headers })
    const arrived = await response.text()
    await Bun.sleep(UPLOAD_PAUSE_MS)
    return arrived === String(UPLOAD_BYTES) ? undefined : `${response.status}: ${arrived} of ${UPLOAD_BYTES} bytes`
  } catch (error) {
    return String(error)
  }
}

async function talk(port: number): Promise<string | undefined> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
  let answers = 0
  const over = Promise.withResolvers<string | undefined>()
  socket.addEventListener('message', () => {
    answers++
    if (answers < SOCKET_MESSAGES) return void Bun.sleep(MESSAGE_PAUSE_MS).then(() => socket.send(String(answers)))
    over.resolve(undefined)
  })
  socket.addEventListener('open', () => socket.send('0'))
  socket.addEventListener('close', () => over.resolve(`closed after ${answers} of ${SOCKET_MESSAGES} messages`))
  socket.addEventListener('error', () => over.resolve(`failed after ${answers} of ${SOCKET_MESSAGES} messages`))
  const complaint = await over.promise
  socket.close()
  return complaint
}
