/** The list of /help, which also follows the complaint about a path that is not known. */
import type { AdminEndpoint, AdminParam } from './admin-endpoint.ts'

export function helpText(endpoints: readonly AdminEndpoint[]): string {
  const entries = endpoints.flatMap(({ path, mutates, help, params }) => [
    `  ${path}${mutates ? ' (POST)' : ''}: ${help}\n`,
    ...params.map(paramLine),
  ])
  return `admin commands are:\n${entries.join('')}`
}

function paramLine({ name, help, choices }: AdminParam): string {
  const list = choices === undefined ? '' : `; One of (${choices.join(', ')})`
  return `      ${name}: ${help}${list}\n`
}
