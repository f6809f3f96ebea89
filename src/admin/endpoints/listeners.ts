/** /listeners: names and the addresses that they are bound to. */
import type { AdminListener, AdminListeners } from '../admin-deps.ts'
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { json, text } from '../admin-endpoint.ts'
import { addressMessage } from '../address-message.ts'

export function listenersEndpoint(listeners: AdminListeners): AdminEndpoint {
  return {
    path: '/listeners',
    help: 'print listener info',
    mutates: false,
    params: [{ name: 'format', help: 'File format to use', choices: ['text', 'json'] }],
    handle({ params }) {
      const list = listeners.list()
      if (params.first('format') === 'json')
        return json(list.length === 0 ? {} : { listener_statuses: list.map(status) })
      return text(list.flatMap(({ name, addresses }) => addresses.map((at) => `${name}::${at.text}\n`)).join(''))
    },
  }
}

function status({ name, addresses }: AdminListener): object {
  const [first, ...others] = addresses.map(addressMessage)
  return {
    name,
    ...(first === undefined ? {} : { local_address: first }),
    ...(others.length === 0 ? {} : { additional_local_addresses: others }),
  }
}
