/*
 * A service to put behind the proxy: bun examples/front-proxy/service.ts NAME PORT. It answers every request with what
 * it received, and echoes what comes over a WebSocket on /echo.
 */
const [name = 'service', port = '0'] = process.argv.slice(2)

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  fetch(request, self) {
    const { pathname, search } = new URL(request.url)
    if (pathname === '/echo' && self.upgrade(request)) return undefined
    const lines = [`${name} received ${request.method} ${pathname}${search}`]
    for (const [key, value] of request.headers) lines.push(`  ${key}: ${value}`)
    return new Response(`${lines.join('\n')}\n`, { headers: { 'x-powered-by': name } })
  },
  websocket: {
    message(socket, message) {
      socket.send(message)
    },
  },
})
console.log(`${name} listens on ${server.hostname}:${server.port}`)
