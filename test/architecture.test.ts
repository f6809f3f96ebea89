/*
 * The walls of the building. Each rule is a table or a small function over the imports and the text of src/; a failure
 * names the file, the line and the rule. Rooms that nobody has built yet simply have no files.
 */
import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { importCycles } from './architecture/import-cycles.ts'
import type { Import, Source } from './architecture/source.ts'
import { importTarget, makeSource, matchingLines, readSources, roomOf } from './architecture/source.ts'

const SRC = join(import.meta.dir, '../src')

const words = (text: string): readonly string[] => text.split(' ')

const EVERY_ROOM_BELOW_SERVER = words(
  'codec event platform log registry stats runtime cel config network formatter http router upstream xds listener admin',
)

/** Who may import whom, besides its own room, `api`, `base` and (types of) `gen`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  gen: [],
  base: [],
  codec: [],
  event: ['platform'],
  platform: [],
  log: [],
  registry: [],
  stats: ['event', 'log'],
  runtime: ['event', 'log', 'config'],
  cel: [],
  config: ['cel', 'registry', 'log'],
  network: ['platform', 'codec', 'event', 'stats', 'log'],
  formatter: ['cel', 'config', 'log'],
  http: ['codec', 'network', 'event', 'stats', 'runtime', 'formatter', 'config', 'log'],
  router: ['cel', 'http', 'codec', 'xds', 'event', 'stats', 'runtime', 'formatter', 'config', 'log'],
  upstream: ['http', 'router', 'codec', 'network', 'event', 'stats', 'runtime', 'registry', 'config', 'log'],
  xds: ['codec', 'event', 'stats', 'config', 'registry', 'log'],
  listener: ['network', 'platform', 'formatter', 'config', 'registry', 'event', 'stats', 'log'],
  admin: ['http', 'network', 'stats', 'config', 'log'],
  server: EVERY_ROOM_BELOW_SERVER,
  extensions: words('cel codec network http router upstream event stats runtime formatter config log platform'),
  cli: ['server', 'config', 'log', 'extensions'],
}

/** Inside an allowed room, the parts that may be used. */
const ONLY_PARTS: Readonly<Record<string, readonly string[]>> = {
  'network→codec': ['codec/client_hello/'],
  'router→codec': ['codec/headers/', 'codec/proxy_protocol/'],
  // Whoever has a subscription shares it in the same way; how resources come is no business of routes.
  'router→xds': ['xds/shared/'],
  'runtime→config': ['config/yaml/'],
  // What an extension keeps for all threads and is too large for the heap of each.
  'extensions→platform': ['platform/shared-pages'],
  // Health checks add headers to their requests as routes do, and clusters have policies that take the place of a route's.
  'upstream→router': [
    'router/header-mutations',
    'router/failed-upstream',
    'router/hash-policy',
    'router/cluster-policies/',
  ],
}

/** What exactly one room may touch: modules that it alone imports, names that it alone uses. */
const MONOPOLIES: readonly Monopoly[] = [
  {
    what: 'timers and clocks',
    room: 'event',
    modules: words('timers timers/promises'),
    code: /\b(?:setTimeout|setInterval|setImmediate|Bun\.sleep|Bun\.nanoseconds|process\.hrtime)\b|\b(?:performance|Date)\.now\(/,
  },
  { what: 'foreign functions', room: 'platform', modules: words('bun:ffi') },
  {
    what: 'sockets and TLS',
    room: 'network',
    modules: words('net tls dgram http https http2'),
    code: /\bBun\.(?:listen|connect|udpSocket|serve)\b|(?<![.#\w])fetch\(/,
    // What it connects is no socket.
    except: 'event/runtime-loop.ts',
  },
  { what: 'threads', room: 'server', modules: words('worker_threads child_process cluster'), code: /\bnew Worker\(/ },
]

/** An empty container is there to be filled, unless its type says that nobody may. */
const EMPTY_CONTAINER =
  /^(?:export\s+)?const\s+\w+\s*(?::\s*(?:(?:Weak)?(?:Map|Set)<.*>|Array<.*>|(?!readonly)\S*\[\]|Record<.*>)\s*)?=\s*(?:new (?:Weak)?(?:Map|Set|Array)\b[^;(]*\(\s*\)|\[\]|\{\})\s*$/

interface Monopoly {
  readonly what: string
  readonly room: string
  readonly modules: readonly string[]
  readonly code?: RegExp
  readonly except?: string
}

const sources = readSources(SRC)
const byPath = new Map(sources.map((source) => [source.path, source]))
const program = sources.filter((source) => !source.isTest)

describe('rooms', () => {
  test('every file stands in a known room', () => {
    const strangers = sources.filter((source) => !(source.room in MAY_IMPORT)).map((source) => source.path)
    expect(strangers).toEqual([])
  })

  test('a room imports only what the table allows', () => {
    expect(program.flatMap((source) => source.imports.flatMap((item) => wallProblem(source, item)))).toEqual([])
  })

  test('an extension imports no other extension, only a common/ folder on its own path', () => {
    expect(program.flatMap((source) => source.imports.flatMap((item) => extensionProblem(source, item)))).toEqual([])
  })

  test('no import cycle at run time', () => {
    expect(importCycles(program)).toEqual([])
  })

  test('the program imports neither tests nor tools', () => {
    const leaks = program.flatMap((source) =>
      source.imports
        .filter((item) => /\.test\.ts$|^(?:\.\.\/)+(?:test|tools|bench)\//.test(item.specifier))
        .map((item) => `${source.path}:${item.line} imports ${item.specifier}`),
    )
    expect(leaks).toEqual([])
  })
})

describe('what one room has alone', () => {
  for (const monopoly of MONOPOLIES) {
    test(`only ${monopoly.room} touches ${monopoly.what}`, () => {
      const others = program.filter((source) => source.room !== monopoly.room && source.path !== monopoly.except)
      expect(others.flatMap((source) => monopolyProblems(source, monopoly))).toEqual([])
    })
  }
})

describe('api', () => {
  test('erases to nothing at run time', () => {
    const transpiler = new Bun.Transpiler({ loader: 'ts' })
    const emitted = program
      .filter((source) => source.room === 'api')
      .map((source) => ({
        path: source.path,
        code: transpiler
          .transformSync(source.text)
          .replace(/export\s*\{\s*\};?/, '')
          .trim(),
      }))
      .filter(({ code }) => code !== '')
    expect(emitted).toEqual([])
  })

  test('imports types only', () => {
    const values = sources
      .filter((source) => source.room === 'api')
      .flatMap((source) => source.imports.filter((item) => !item.typeOnly).map((item) => `${source.path}:${item.line}`))
    expect(values).toEqual([])
  })
})

describe('modules', () => {
  test('nothing at module level is mutable', () => {
    const found = program.flatMap((source) => [
      ...matchingLines(source, /^(?:export\s+)?(?:let|var)\b/),
      ...matchingLines(source, EMPTY_CONTAINER),
    ])
    expect(found).toEqual([])
  })

  test('file names are kebab-case, extension folders the snake_case of their type', () => {
    const odd = sources
      .map((source) => source.path)
      .filter((path) => !/^(?:[a-z0-9]+(?:[_-][a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.gen)?\.ts$/.test(path))
    expect(odd).toEqual([])
  })

  test('no file is a grab bag', () => {
    const bags = sources.filter((source) => /(?:^|\/)(?:utils?|helpers?|misc|index)(?:\/|\.ts$)/.test(source.path))
    expect(bags.map((source) => source.path)).toEqual([])
  })

  test('no default exports and no `export *`', () => {
    expect(program.flatMap((source) => matchingLines(source, /^export (?:default\b|\*)/))).toEqual([])
  })

  test('every extension folder with a record has its README', () => {
    const folders = program
      .filter((source) => /^extensions\/.*\/extension\.ts$/.test(source.path))
      .map((source) => dirname(source.path))
    const bare = folders.filter((folder) => !readdirSync(join(SRC, folder)).includes('README.md'))
    expect(bare).toEqual([])
  })
})

describe('the checker itself', () => {
  const probe = (path: string, text: string) => makeSource(path, text)

  test('reads every form of import', () => {
    const source = probe(
      'http/a.ts',
      [
        `import type { A } from '../api/a.ts'`,
        `import {\n  b,\n  c,\n} from "../base/b.ts"`,
        `export { d } from './d.ts'`,
        `import { type E } from '../api/e.ts'`,
        `const f = await import('./f.ts')`,
        `type G = import('../api/g.ts').G`,
        `// import { no } from './comment.ts'`,
      ].join('\n'),
    )
    expect(source.imports.map((item) => [item.line, item.specifier, item.typeOnly])).toEqual([
      [1, '../api/a.ts', true],
      [2, '../base/b.ts', false],
      [6, './d.ts', false],
      [7, '../api/e.ts', true],
      [8, './f.ts', false],
      [9, '../api/g.ts', true],
    ])
  })

  test('refuses a wrong room, a sibling extension, a timer and a cycle', () => {
    const codec = probe('codec/http1/a.ts', `import { x } from '../../http/x.ts'`)
    expect(wallProblem(codec, codec.imports[0]!)).toHaveLength(1)
    const buffer = probe('extensions/filters/http/buffer/a.ts', `import { x } from '../router/x.ts'`)
    expect(extensionProblem(buffer, buffer.imports[0]!)).toHaveLength(1)
    const shared = probe('extensions/filters/http/buffer/a.ts', `import { x } from '../common/x.ts'`)
    expect(extensionProblem(shared, shared.imports[0]!)).toHaveLength(0)
    const timer = probe('http/timer.ts', `import * as t from 'node:timers'\nsetTimeout(f, 1)`)
    expect(monopolyProblems(timer, MONOPOLIES[0]!)).toHaveLength(2)
    const a = probe('http/a.ts', `import { b } from './b.ts'`)
    const b = probe('http/b.ts', `import { a } from './a.ts'`)
    expect(importCycles([a, b])).toEqual(['http/a.ts → http/b.ts → http/a.ts'])
    const onlyTypes = probe('http/b.ts', `import type { a } from './a.ts'`)
    expect(importCycles([a, onlyTypes])).toEqual([])
  })

  test('sees code, not comments or strings', () => {
    const source = probe('http/a.ts', `// setTimeout\nconst a = 'setTimeout'\n/* let x\nlet y */\nsetTimeout(f, 1)`)
    expect(matchingLines(source, /\bsetTimeout\b/)).toEqual(['http/a.ts:5: setTimeout(f, 1)'])
    expect(matchingLines(source, /^let\b/)).toEqual([])
  })
})

function monopolyProblems(source: Source, monopoly: Monopoly): string[] {
  const imported = source.imports
    .filter((item) => !item.typeOnly && monopoly.modules.includes(item.specifier.replace(/^node:/, '')))
    .map((item) => `${source.path}:${item.line} imports ${item.specifier}`)
  return [...imported, ...(monopoly.code === undefined ? [] : matchingLines(source, monopoly.code))]
}

function wallProblem(source: Source, item: Import): string[] {
  const path = importTarget(source, item)
  if (path === undefined) return externalProblem(source, item)
  if (path.startsWith('../')) return outsideProblem(source, item, path)
  const to = roomOf(path)
  if (to === source.room || to === 'api' || to === 'base') return []
  if (to === 'gen') return item.typeOnly ? [] : [`${source.path}:${item.line} may import gen as types only`]
  const allowed = MAY_IMPORT[source.room]?.includes(to) ?? false
  const parts = ONLY_PARTS[`${source.room}→${to}`]
  if (allowed && (parts === undefined || parts.some((part) => path.startsWith(part)) || item.typeOnly)) return []
  return [`${source.path}:${item.line} (${source.room}) may not import ${parts?.join() ?? to}: ${item.specifier}`]
}

function externalProblem(source: Source, item: Import): string[] {
  const pure = ['api', 'base', 'codec'].includes(source.room)
  if (!pure || item.typeOnly) return []
  return [`${source.path}:${item.line} (${source.room}) stands alone, but imports ${item.specifier}`]
}

/** Beside src/ there is only data for the program. */
function outsideProblem(source: Source, item: Import, path: string): string[] {
  if (/^\.\.\/(?:schema\/|package\.json$)/.test(path)) return []
  return [`${source.path}:${item.line} imports ${item.specifier} from outside src/`]
}

function extensionProblem(source: Source, item: Import): string[] {
  const path = importTarget(source, item)
  if (source.room !== 'extensions' || path === undefined || roomOf(path) !== 'extensions') return []
  const own = extensionFolder(source.path)
  const folder = dirname(path)
  if (folder === own || folder.startsWith(`${own}/`)) return []
  const common = folder.indexOf('/common')
  if (common >= 0 && own.startsWith(`${folder.slice(0, common)}/`)) return []
  return [`${source.path}:${item.line} imports another extension: ${item.specifier}`]
}

/** The nearest folder upwards that holds an extension.ts; its own folder when there is none (common/). */
function extensionFolder(path: string): string {
  for (let folder = dirname(path); folder.includes('/'); folder = dirname(folder)) {
    if (byPath.has(`${folder}/extension.ts`)) return folder
  }
  return dirname(path)
}
