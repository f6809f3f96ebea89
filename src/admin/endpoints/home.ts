/** /: every path as a link or, with parameters or when it changes something, as a form. Works without scripts. */
import type { AdminEndpoint, AdminParam } from '../admin-endpoint.ts'
import { html } from '../admin-endpoint.ts'

export function homeEndpoint(all: () => readonly AdminEndpoint[]): AdminEndpoint {
  return {
    path: '/',
    help: 'Admin home page',
    mutates: false,
    params: [],
    handle: () => html(page(all().filter(({ path }) => path !== '/'))),
  }
}

const STYLE = `
body { font: 16px/1.4 sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; }
table { border-collapse: collapse; width: 100%; }
td { padding: .3em .8em .3em 0; vertical-align: top; }
tr.first > td { border-top: 1px solid #ddd; }
form { margin: 0; }
button { font: inherit; cursor: pointer; }
button.link { background: none; border: none; color: #069; padding: 0; text-decoration: underline; }
td.help { color: #555; }
`

function page(endpoints: readonly AdminEndpoint[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Nuncio Admin</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Nuncio Admin</h1>
<table>
${endpoints.map((endpoint, index) => rows(endpoint, `form-${index}`)).join('')}</table>
</body>
</html>
`
}

function rows({ path, mutates, help, params }: AdminEndpoint, form: string): string {
  const method = mutates ? 'post' : 'get'
  const target = escaped(path.slice(1))
  const button = `<button form="${form}"${mutates ? '' : ' class="link"'}>${target}</button>`
  const head = `<tr class="first"><td><form id="${form}" action="${target}" method="${method}">${button}</form></td>`
  return `${head}<td class="help" colspan="2">${escaped(help)}</td></tr>\n${params.map((param) => paramRow(param, form)).join('')}`
}

function paramRow(param: AdminParam, form: string): string {
  return `<tr><td></td><td>${input(param, form)}</td><td class="help">${escaped(`${param.name}: ${param.help}`)}</td></tr>\n`
}

function input({ name, choices, flag }: AdminParam, form: string): string {
  const attributes = `name="${escaped(name)}" form="${form}"`
  if (flag === true) return `<input type="checkbox" ${attributes}>`
  if (choices === undefined) return `<input type="text" ${attributes}>`
  const options = choices.map((choice) => `<option value="${escaped(choice)}">${escaped(choice)}</option>`)
  return `<select ${attributes}>${options.join('')}</select>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
