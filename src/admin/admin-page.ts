/** What pages for browsers are made of. They work without scripts. */
import type { AdminParam } from './admin-endpoint.ts'

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

/** `body` is HTML. `refreshS`: seconds until a browser asks again. */
export function adminPage(body: string, refreshS?: number): string {
  const refresh = refreshS === undefined ? '' : `<meta http-equiv="refresh" content="${refreshS}">\n`
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
${refresh}<title>Nuncio Admin</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Nuncio Admin</h1>
${body}</body>
</html>
`
}

/** A row of a table for one parameter of the form with this id; `value` is what it stands at, undefined: not set. */
export function paramRow(param: AdminParam, form: string, value?: string): string {
  const label = escaped(`${param.name}: ${param.help}`)
  return `<tr><td></td><td>${input(param, form, value)}</td><td class="help">${label}</td></tr>\n`
}

function input({ name, choices, flag }: AdminParam, form: string, value: string | undefined): string {
  const attributes = `name="${escaped(name)}" form="${form}"`
  if (flag === true) return `<input type="checkbox" ${attributes}${value === undefined ? '' : ' checked'}>`
  if (choices === undefined) {
    return `<input type="text" ${attributes}${value === undefined ? '' : ` value="${escaped(value)}"`}>`
  }
  const options = choices.map((choice) => {
    return `<option value="${escaped(choice)}"${choice === value ? ' selected' : ''}>${escaped(choice)}</option>`
  })
  return `<select ${attributes}>${options.join('')}</select>`
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
