/* Raw bytes of a connection, taken apart into HTTP/1 messages. */

export interface HttpReply {
  readonly status: string
  /** Sorted by name; the order of those of one name is kept. */
  readonly headers: readonly string[]
  readonly body: string
}

/** What is complete; interim responses are messages of their own. `closed`: a body without a length is complete. */
export function completeReplies(text: string, methods: readonly string[], closed: boolean): HttpReply[] {
  const replies: HttpReply[] = []
  let at = 0
  let finals = 0
  for (;;) {
    const head = headAt(text, at)
    if (head === undefined) return replies
    const code = Number(head.first.split(' ')[1])
    const interim = code >= 100 && code < 200 && code !== 101
    const bodiless = interim || code === 101 || code === 204 || code === 304 || methods[finals] === 'HEAD'
    const body = bodiless ? { text: '', end: head.end } : bodyAt(text, head, closed)
    if (body === undefined) return replies
    replies.push({ status: head.first, headers: sortedHeaders(head.lines), body: body.text })
    at = body.end
    if (!interim) finals++
  }
}

interface Head {
  readonly first: string
  readonly lines: readonly string[]
  readonly end: number
}

export function headAt(text: string, at: number): Head | undefined {
  const end = text.indexOf('\r\n\r\n', at)
  if (end < 0) return undefined
  const [first = '', ...lines] = text.slice(at, end).split('\r\n')
  return { first, lines, end: end + 4 }
}

/** The body behind a head and where it ends; undefined while it is incomplete. Chunks are joined. */
export function bodyAt(text: string, head: Head, toTheEnd: boolean): { text: string; end: number } | undefined {
  const length = valueOf(head.lines, 'content-length')
  if (valueOf(head.lines, 'transfer-encoding')?.toLowerCase() === 'chunked') return chunksAt(text, head.end)
  if (length === undefined) return toTheEnd ? { text: text.slice(head.end), end: text.length } : undefined
  const end = head.end + Number(length)
  return end > text.length ? undefined : { text: text.slice(head.end, end), end }
}

function chunksAt(text: string, from: number): { text: string; end: number } | undefined {
  let body = ''
  let at = from
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (size === 0) {
      const end = text.startsWith('\r\n', lineEnd + 2) ? lineEnd + 2 : text.indexOf('\r\n\r\n', lineEnd + 2) + 2
      return end < lineEnd + 2 ? undefined : { text: body, end: end + 2 }
    }
    if (next > text.length) return undefined
    body += text.slice(lineEnd + 2, next - 2)
    at = next
  }
}

export function valueOf(lines: readonly string[], name: string): string | undefined {
  const line = lines.find((each) => each.toLowerCase().startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim()
}

export function sortedHeaders(lines: readonly string[]): string[] {
  const name = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase()
  return lines.toSorted((one, other) => name(one).localeCompare(name(other)))
}
