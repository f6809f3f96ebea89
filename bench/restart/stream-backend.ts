/** What stands behind the proxy: small and large answers, an upload that is counted, a download that takes its time, a WebSocket that echoes. */
const LARGE_BYTES = 1 << 20
const CHUNKS = 30
const CHUNK_PAUSE_MS = 100

export const DOWNLOAD_BYTES = CHUNKS * 1000

export interface StreamBackend extends Disposable {
  readonly port: number
}

export function startStreamBackend(): StreamBackend {
  const large = new Uint8Array(LARGE_BYTES).fill(120)
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 60,
    async fetch(request, self) {
      const { pathname } = new URL(request.url)
      if (pathname === '/large') return new Response(large)
      if (pathname === '/upload') return new Response(String((await request.arrayBuffer()).byteLength))
      if (pathname === '/download') return new Response(slowly())
      if (pathname === '/socket' && self.upgrade(request)) return undefined
      return new Response('small')
    },
    websocket: { message: (socket, message) => void socket.send(message) },
  })
  return { port: server.port ?? 0, [Symbol.dispose]: () => void server.stop(true) }
}

async function* slowly(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < CHUNKS; sent++) {
    yield new Uint8Array(1000).fill(121)
    await Bun.sleep(CHUNK_PAUSE_MS)
  }
}
