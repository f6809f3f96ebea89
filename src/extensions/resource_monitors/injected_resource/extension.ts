/** envoy.resource_monitors.injected_resource: the pressure is the text of a file, for tests and for other programs. */
import { readFileSync } from 'node:fs'
import type { Extension } from '../../../api/extension.ts'
import type { ResourceUsage } from '../../../api/overload.ts'
import { unwatchable, watchMoves } from '../../../event/file-watcher.ts'

export const extension: Extension<string, 'envoy.resource_monitors'> = {
  category: 'envoy.resource_monitors',
  name: 'envoy.resource_monitors.injected_resource',
  typeNames: ['envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig'],
  status: 'stable',
  securityPosture: 'requires_trusted_downstream_and_upstream',
  parse(reader) {
    const filename = reader.string('filename')
    const problem = unwatchable(filename)
    if (problem !== undefined) reader.error('filename', 'NU279', problem)
    return filename
  },
  create: (filename, { dispatcher }) => {
    let usage: ResourceUsage | undefined = undefined
    // Read when it was replaced, at the next refresh; written in place it says nothing, since half of it may be there.
    const watcher = watchMoves(filename, dispatcher, () => (usage = undefined))
    return {
      kind: 'watched',
      read: () => (usage ??= readPressure(filename)),
      close: () => watcher.close(),
    }
  },
}

function readPressure(filename: string): ResourceUsage {
  let text: string
  try {
    text = readFileSync(filename, 'utf8').trim()
  } catch {
    return { ok: false, error: `unable to read file: ${filename}` }
  }
  const pressure = text === '' ? Number.NaN : Number(text)
  if (Number.isNaN(pressure)) return { ok: false, error: 'failed to parse injected resource pressure' }
  if (pressure < 0 || pressure > 1) return { ok: false, error: 'pressure out of range' }
  return { ok: true, pressure }
}
