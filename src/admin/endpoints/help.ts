/** /help: every path there is. */
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { text } from '../admin-endpoint.ts'
import { helpText } from '../help-text.ts'

export function helpEndpoint(all: () => readonly AdminEndpoint[]): AdminEndpoint {
  return {
    path: '/help',
    help: 'print out list of admin commands',
    mutates: false,
    params: [],
    handle: () => text(helpText(all())),
  }
}
