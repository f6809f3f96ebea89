/** /: every path as a link or, with parameters or when it changes something, as a form. */
import type { AdminEndpoint } from '../admin-endpoint.ts'
import { html } from '../admin-endpoint.ts'
import { adminPage, escaped, paramRow } from '../admin-page.ts'

export function homeEndpoint(all: () => readonly AdminEndpoint[]): AdminEndpoint {
  return {
    path: '/',
    help: 'Admin home page',
    mutates: false,
    params: [],
    handle: () => html(adminPage(table(all().filter(({ path }) => path !== '/')))),
  }
}

function table(endpoints: readonly AdminEndpoint[]): string {
  return `<table>\n${endpoints.map((endpoint, index) => rows(endpoint, `form-${index}`)).join('')}</table>\n`
}

function rows({ path, mutates, help, params }: AdminEndpoint, form: string): string {
  const method = mutates ? 'post' : 'get'
  const target = escaped(path.slice(1))
  const button = `<button form="${form}"${mutates ? '' : ' class="link"'}>${target}</button>`
  const head = `<tr class="first"><td><form id="${form}" action="${target}" method="${method}">${button}</form></td>`
  return `${head}<td class="help" colspan="2">${escaped(help)}</td></tr>\n${params.map((param) => paramRow(param, form)).join('')}`
}
