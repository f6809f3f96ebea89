/* Steps through a decoded message, with the path kept. */
import type { FieldPath, Json, Message } from '../../api/config.ts'

export interface Place {
  readonly path: FieldPath
  readonly message: Message
}

export function rootPlace(message: Message): Place {
  return { path: [], message }
}

export function messageAt(place: Place, field: string): Place | undefined {
  const message = asMessage(place.message[field])
  return message === undefined ? undefined : { path: [...place.path, field], message }
}

export function messagesAt(place: Place | undefined, field: string): Place[] {
  const list = place?.message[field]
  if (place === undefined || !Array.isArray(list)) return []
  return list.flatMap((value: Json, index) => {
    const message = asMessage(value)
    return message === undefined ? [] : { path: [...place.path, field, index], message }
  })
}

/** What an Any holds, if it is of this type. */
export function anyAt(place: Place, field: string, typeName: string): Place | undefined {
  const inside = messageAt(place, field)
  const url = inside?.message['@type']
  if (inside === undefined || typeof url !== 'string' || !url.endsWith(`/${typeName}`)) return undefined
  return { path: [...inside.path, { any: true }], message: inside.message }
}

function asMessage(value: Json | undefined): Message | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : undefined
}
