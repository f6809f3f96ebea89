/* HTTP/1 replies in a text, taken apart for tests that look at single headers. */

export interface HttpReply {
  readonly status: number
  /** By lower-case name; repeated ones are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Chunks are joined. */
  readonly body: string
  readonly trailers: Readonly<Record<string, string>>
}

/** Every reply in `text`; the body of the last one may be incomplete. */
export function parseReplies(text: string): HttpReply[] {
  const replies: HttpReply[] = []
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) throw new Error(`not a reply: ${JSON.stringify(rest)}`)
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = fieldsOf(lines)
    const status = Number(first.split(' ')[1])
    const body = bodyOf(rest.slice(end + 4), headers, status)
    replies.push({ status, headers, body: body.text, trailers: body.trailers })
    rest = body.rest
  }
  return replies
}

interface Body {
  readonly text: string
  readonly trailers: Readonly<Record<string, string>>
  readonly rest: string
}

function bodyOf(text: string, headers: Readonly<Record<string, string>>, status: number): Body {
  if (status < 200 && status !== 101) return { text: '', trailers: {}, rest: text }
  if (headers['transfer-encoding'] === 'chunked') return chunksOf(text)
  const length = headers['content-length']
  const end = length === undefined ? text.length : Number(length)
  return { text: text.slice(0, end), trailers: {}, rest: text.slice(end) }
}

function chunksOf(text: string): Body {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return { text: body, trailers: {}, rest: '' }
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (size === 0) break
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 4 + size
  }
  const lines: string[] = []
  let from = text.indexOf('\r\n', at) + 2
  for (;;) {
    const end = text.indexOf('\r\n', from)
    const line = text.slice(from, end)
    from = end + 2
    if (line === '') break
    lines.push(line)
  }
  return { text: body, trailers: fieldsOf(lines), rest: text.slice(from) }
}

function fieldsOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    fields[name] = name in fields ? `${fields[name]}, ${value}` : value
  }
  return fields
}
