import { expect, test } from 'bun:test'
import { parseCommandLine } from './parse-command-line.ts'

const deps = {
  machine: { hardwareThreads: 2, readFile: () => undefined },
  version: 'v',
  nuncioVersion: '1',
  hotRestartVersion: '11.104',
  findConfig: () => undefined,
}
const parse = (...argv: string[]) => parseCommandLine(['supervise', ...argv], deps)

test('supervise: what follows -- is the proxy’s', () => {
  expect(parse('--watch', '--', '-c', 'a.yaml', '--base-id', '3')).toEqual({
    kind: 'supervise',
    watch: true,
    flags: ['-c', 'a.yaml', '--base-id', '3'],
    configPath: 'a.yaml',
    dynamicBaseId: false,
  })
  expect(parse('--', '--config-yaml', '{}', '--use-dynamic-base-id')).toMatchObject({
    watch: false,
    dynamicBaseId: true,
  })
})

test.each(['--help', '-h'])('supervise %p says how it is called', (flag) => {
  expect(parse(flag)).toMatchObject({
    kind: 'exit',
    code: 0,
    stdout: expect.stringContaining('nuncio supervise [--watch]'),
  })
})

test.each([
  [['-c', 'a.yaml'], 'supervise: -c is not known'],
  [['--'], 'wants the flags of the proxy'],
  [['--', '-c', 'a.yaml', '--restart-epoch', '1'], 'leave --restart-epoch out'],
  [['--', '-c', 'a.yaml', '--disable-hot-restart'], 'needs hot restart'],
  [['--', '-c', 'a.yaml', '--mode', 'validate'], 'starts a proxy that serves'],
  [['--', '--confg', 'a.yaml'], 'did you mean'],
  [['--watch', '--', '--config-yaml', '{}'], '--watch wants a file'],
])('supervise %p is refused', (argv, message) => {
  const command = parse(...argv)
  expect(command.kind === 'exit' ? [command.code, command.stderr] : command).toEqual([
    1,
    expect.stringContaining(message),
  ])
})
