import { describe, expect, test } from 'bun:test'
import type { Options, OptionsNotice } from '../api/options.ts'
import { FLAGS } from './flags.ts'
import { parseCommandLine } from './parse-command-line.ts'

const deps = {
  machine: { hardwareThreads: 6, readFile: () => undefined },
  version: 'abc/1.40.0/Clean/RELEASE/BoringSSL',
  nuncioVersion: '1.2.3',
  hotRestartVersion: '11.104',
  findConfig: () => './envoy.yaml',
}

function run(...argv: string[]): { options: Options; notices: readonly OptionsNotice[] } {
  const command = parseCommandLine(argv, deps)
  if (command.kind !== 'run') throw new Error(JSON.stringify(command))
  return command
}

const options = (...argv: string[]): Options => run(...argv).options

function failure(...argv: string[]): string {
  const command = parseCommandLine(argv, deps)
  if (command.kind !== 'exit' || command.code !== 1 || command.stdout !== '') throw new Error(JSON.stringify(command))
  return command.stderr
}

describe('command line', () => {
  test('every flag has the default that Envoy shows in /server_info', () => {
    expect(options()).toEqual({
      configPath: '',
      configYaml: '',
      mode: 'serve',
      concurrency: 6,
      cpusetThreads: false,
      logLevel: 'info',
      componentLogLevels: [],
      componentLogLevel: '',
      logFormat: '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v',
      logFormatGiven: false,
      logFormatEscaped: false,
      enableFineGrainLogging: false,
      logStacktraceSingleEntry: false,
      logPath: '',
      fileFlushIntervalMs: 10_000,
      fileFlushMinBytes: 65_536,
      adminAddressPath: '',
      localAddressIpVersion: 'v4',
      serviceCluster: '',
      serviceNode: '',
      serviceZone: '',
      drainTimeMs: 600_000,
      drainStrategy: 'gradual',
      parentShutdownTimeMs: 900_000,
      allowUnknownStaticFields: false,
      rejectUnknownDynamicFields: false,
      ignoreUnknownDynamicFields: false,
      skipDeprecatedLogs: false,
      disabledExtensions: [],
      statsTags: [],
      enableMutexTracing: false,
      enableCoreDump: false,
      disableHotRestart: false,
      baseId: 0,
      useDynamicBaseId: false,
      baseIdPath: '',
      restartEpoch: 0,
      skipHotRestartOnNoParent: false,
      skipHotRestartParentStats: false,
      socketPath: '@envoy_domain_socket',
      socketMode: 0,
      sigtermGraceMs: 5000,
      workerAffinity: 'auto',
      strict: false,
      findingFormat: 'human',
      allowUnsupportedFields: false,
    })
  })

  test('a value stands behind its flag, behind =, or behind a space in the same argument', () => {
    for (const argv of [
      ['--log-level', 'warn'],
      ['--log-level=warn'],
      ['--log-level warn'],
      ['-l', 'warn'],
      ['-l warn'],
    ])
      expect(options(...argv).logLevel).toBe('warning')
    expect(options('--config-yaml={admin: {a: b=c}}').configYaml).toBe('{admin: {a: b=c}}')
    expect(options('--config-yaml admin: {}').configYaml).toBe('admin: {}')
    expect(options('--log-format=').logFormat).toBe('')
  })

  test('a value may begin with a dash', () => {
    expect(options('--service-node', '--x').serviceNode).toBe('--x')
  })

  test('what stands behind -- is ignored', () => {
    for (const end of ['--', '--ignore_rest']) expect(options('-c', 'a', end, '--nope').configPath).toBe('a')
  })

  test('what Contour starts Envoy with', () => {
    const found = options('-c', '/config/envoy.json', '--service-cluster projectcontour', '--log-level info')
    expect([found.configPath, found.serviceCluster, found.logLevel]).toEqual([
      '/config/envoy.json',
      'projectcontour',
      'info',
    ])
  })

  test('--stats-tag may be repeated, others may not', () => {
    expect(options('--stats-tag', 'a:b:c', '--stats-tag', 'a:d').statsTags).toEqual([
      { name: 'a', value: 'b:c' },
      { name: 'a', value: 'd' },
    ])
    expect(failure('-c', 'a', '-c', 'b')).toBe('error: -c (--config-path): argument already set\n')
  })

  test('numbers', () => {
    expect(options('--concurrency', '0').concurrency).toBe(1)
    expect(options('--file-flush-min-size-kb', '2', '--drain-time-s', '7')).toMatchObject({
      fileFlushMinBytes: 2048,
      drainTimeMs: 7000,
    })
    for (const text of ['abc', '-1', '1x', '0x1', '1 ', '99999999999'])
      expect(failure('--concurrency', text)).toContain(
        `--concurrency wants a whole number from 0 to 4294967295, got '${text}'`,
      )
  })

  test('an empty number is none, and blanks before one are passed over', () => {
    expect(['', ' 3', '+3'].map((text) => options('--concurrency', text).concurrency)).toEqual([6, 3, 3])
  })

  test('workers are as many as the process has CPUs, also without --cpuset-threads', () => {
    const machine = { hardwareThreads: 6, readFile: () => 'Cpus_allowed_list:\t0-1\n' }
    expect(parseCommandLine([], { ...deps, machine })).toMatchObject({ options: { concurrency: 2 } })
  })

  test('component levels', () => {
    expect(options('--component-log-level', 'upstream:debug,http:warn').componentLogLevels).toEqual([
      { component: 'upstream', level: 'debug' },
      { component: 'http', level: 'warning' },
    ])
  })

  test.each([
    [['--mode', 'foo'], "unknown mode 'foo'"],
    [['--drain-strategy', 'foo'], "unknown drain-strategy 'foo'"],
    [['--local-address-ip-version', 'v5'], "unknown IP address version 'v5'"],
    [['-l', 'foo'], "invalid log level specified 'foo'"],
    [['--component-log-level', 'foo'], "component log level not correctly specified 'foo'"],
    [['--component-log-level', 'foo:info'], "invalid component specified 'foo'"],
    [['--component-log-level', 'http:inf'], "invalid log level specified 'inf'"],
    [['--stats-tag', 'foo'], "misformatted stats-tag 'foo'"],
    [['--stats-tag', 'fo-o:a'], "misformatted stats-tag 'fo-o:a' contains invalid char in 'fo-o'"],
    [['--stats-tag', 'f_o:a'], "misformatted stats-tag 'f_o:a' contains invalid char in 'f_o'"],
    [['--stats-tag', 'a:b.c'], "misformatted stats-tag 'a:b.c' contains invalid char in 'b.c'"],
    [['--stats-tag', 'a:'], "misformatted stats-tag 'a:' contains invalid char in ''"],
    [['--socket-path', '/x', '--socket-mode', 'abc'], "invalid socket-mode 'abc'"],
    [['--restart-epoch', '1', '--use-dynamic-base-id'], 'cannot use --restart-epoch=1 with --use-dynamic-base-id'],
    [
      ['--enable-fine-grain-logging', '--component-log-level', 'http:info'],
      '--component-log-level will not work with --enable-fine-grain-logging',
    ],
    [['--strict', '--strict'], '--strict: argument already set'],
    [['--foo', '--version'], "--foo: couldn't find match for argument"],
    [['--log-level'], '-l (--log-level): missing a value for this argument'],
    [['--strict=yes'], "--strict takes no value, got 'yes'"],
    [['--worker-affinity', 'all'], "unknown worker-affinity 'all' (auto, none)"],
    [['--sigterm-grace', 'soon'], "--sigterm-grace wants a time such as 5s, 500ms or 0, got 'soon'"],
  ])('%p is refused with Envoy’s words', (argv, message) => {
    expect(failure(...argv)).toStartWith(`error: ${message}`)
  })

  test.each([
    ['--confg', '--config-path'],
    ['--config', '--config-path'],
    ['--log-levl=info', '--log-level'],
    ['--concurency', '--concurrency'],
    ['--service_cluster', '--service-cluster'],
  ])('%s gets the nearest flag, in two lines', (word, nearest) => {
    const text = failure(word, 'x')
    expect(text).toContain(`did you mean ${nearest}?`)
    expect(text.trimEnd().split('\n')).toHaveLength(2)
  })

  test('a file without -c is asked about', () => {
    expect(failure('envoy.yaml')).toContain('did you mean -c envoy.yaml?')
  })

  test('--enable-fine-grain-logging is refused, as nothing stands behind it', () => {
    expect(failure('--enable-fine-grain-logging')).toContain(
      'error: --enable-fine-grain-logging is not supported by Nuncio yet',
    )
  })

  test('hot restart’s flags are taken', () => {
    for (const argv of [
      ['--base-id', '3'],
      ['--restart-epoch', '2'],
      ['--use-dynamic-base-id', '--base-id-path', '/tmp/x'],
      ['--parent-shutdown-time-s', '5'],
      ['--skip-hot-restart-on-no-parent'],
      ['--disable-hot-restart', '--restart-epoch', '1'],
      ['--socket-mode', 'abc'],
    ])
      expect(run(...argv).notices).toEqual([])
  })

  test('sigterm grace takes units', () => {
    expect(['5', '5s', '500ms', '0', '1.5'].map((text) => options('--sigterm-grace', text).sigtermGraceMs)).toEqual([
      5000, 5000, 500, 0, 1500,
    ])
  })

  test('notices are Envoy’s', () => {
    expect(run('--concurrency', '2', '--cpuset-threads', '--allow-unknown-fields').notices).toEqual([
      {
        component: 'config',
        level: 'warning',
        source: 'source/server/options_impl.cc:303',
        message: '--allow-unknown-fields is deprecated, use --allow-unknown-static-fields instead.',
      },
      {
        component: 'config',
        level: 'warning',
        source: 'source/server/options_impl.cc:293',
        message: 'Both --concurrency and --cpuset-threads options are set; not applying --cpuset-threads.',
      },
    ])
    expect(run('--cpuset-threads').notices.map(({ message }) => message)).toEqual([
      '--cpuset-threads is now the default behavior and no longer required.',
    ])
    expect(run('--allow-unknown-fields', '--skip-deprecated-logs').notices).toEqual([])
    expect(options('--allow-unknown-fields').allowUnknownStaticFields).toBe(true)
  })
})

describe('what ends at once', () => {
  test('--version', () => {
    expect(parseCommandLine(['--version'], deps)).toEqual({
      kind: 'exit',
      code: 0,
      stdout: '\nnuncio 1.2.3  version: abc/1.40.0/Clean/RELEASE/BoringSSL\n\n',
      stderr: '',
    })
    for (const behind of ['--foo', '--help', '-l'])
      expect(parseCommandLine(['--version', behind], deps)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('nuncio 1.2.3') as string,
      })
  })

  test('--help names every flag', () => {
    const command = parseCommandLine(['-h'], deps)
    const text = command.kind === 'exit' ? command.stdout : ''
    expect(FLAGS.filter(({ name }) => !text.includes(`--${name}`))).toEqual([])
  })

  test('--hot-restart-version goes to standard error', () => {
    const said = (...argv: string[]) => parseCommandLine(['--hot-restart-version', ...argv], deps)
    expect(said()).toMatchObject({ code: 0, stdout: '', stderr: '11.104' })
    expect(said('--disable-hot-restart')).toMatchObject({ code: 0, stdout: '', stderr: 'disabled' })
  })
})

describe('verbs', () => {
  test('validate is --mode validate --strict', () => {
    for (const argv of [
      ['validate', '-c', 'a.yaml'],
      ['-c', 'a.yaml', 'validate'],
      ['validate', 'a.yaml'],
    ])
      expect(options(...argv)).toMatchObject({ configPath: 'a.yaml', mode: 'validate', strict: true })
  })

  test('validate without a path takes the one that lies there', () => {
    expect(options('validate').configPath).toBe('./envoy.yaml')
    expect(options('validate', '--config-yaml', '{}').configPath).toBe('')
    expect(options().configPath).toBe('')
  })

  test('explain', () => {
    expect(parseCommandLine(['explain', 'NU101'], deps)).toEqual({ kind: 'explain', id: 'NU101' })
    expect(failure('explain')).toContain('wants one id')
  })

  test('an unknown verb', () => {
    expect(failure('start')).toContain("error: start: couldn't find match for argument (verbs: validate, ")
    expect(failure('valdate')).toContain('; did you mean "validate"?')
  })
})
