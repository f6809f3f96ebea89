/** Messages may begin with `[Tags: "ConnectionId":"0","StreamId":"1"] `, which `%*` and `%+` tell apart from the rest. */
export interface TaggedMessage {
  /** `"ConnectionId":"0","StreamId":"1"`, ready to stand in a JSON object; '' without tags. */
  readonly tags: string
  readonly message: string
}

const OPENING = '[Tags: '
const CLOSING = '] '

export function splitTags(message: string): TaggedMessage {
  if (!message.startsWith(OPENING)) return { tags: '', message }
  const end = message.indexOf(CLOSING, OPENING.length)
  if (end < 0) return { tags: '', message }
  return { tags: message.slice(OPENING.length, end), message: message.slice(end + CLOSING.length) }
}
