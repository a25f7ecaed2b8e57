/** The house rules, executed: each failing rule says what to do instead. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// New files count before they are committed, or a rule would only bite after the commit.
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8'
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))
const text = new Map(
  tracked
    .filter(
      (path) =>
        /\.(ts|tsx|mjs|js|json|md|yaml|yml)$|^\.ci\//.test(path) &&
        !/fixtures\/|package-lock/.test(path)
    )
    .map((path) => [path, readFileSync(join(root, path), 'utf8')])
)
const sources = [...text].filter(([path]) => /\.tsx?$/.test(path))
const code = sources.filter(
  ([path]) =>
    !path.endsWith('.test.ts') &&
    !/(^|\/)(test|test-support)\//.test(path) &&
    !path.includes('.test-support.')
)

/** Rooms of server/src, lowest row first; a file imports its own room or a lower row. */
const rows = [
  ['record', 'errors', 'effects', 'config', 'log', 'plausible-clock'],
  ['protocols', 'storage', 'inbox', 'http'],
  ['collector', 'analytics', 'releases', 'products'],
  ['alerts', 'boards', 'edge', 'forwarding', 'publication'],
  ['api'],
  ['app'],
  ['main', 'cli']
]
/** The same for sdk/src. What only describes is below everything. */
const sdkRows = [
  [
    'form',
    'wire',
    'limits',
    'effects',
    'inert-telemetry',
    'json',
    'quietly',
    'telemetry',
    'unlisted',
    'version'
  ],
  ['state', 'network'],
  ['environment', 'identity'],
  ['consent'],
  ['record'],
  ['bodies'],
  ['deliver'],
  ['versions'],
  ['controls'],
  ['program'],
  ['create-telemetry'],
  ['command', 'testing', 'index', 'removed']
]
/** The same for dashboard/src: pages know neither each other nor what frames them. */
const dashboardRows = [
  ['api'],
  ['look'],
  ['filters'],
  ['first-record'],
  ['chart'],
  ['boards', 'contract', 'explore', 'health', 'live', 'overview', 'sign-in', 'start', 'versions'],
  ['frame'],
  ['pages'],
  ['main']
]
const rowOf = (room: string): number => rows.findIndex((row) => row.includes(room))

function importsOf(path: string, source: string): { to: string; isType: boolean }[] {
  const found: { to: string; isType: boolean }[] = []
  for (const match of source.matchAll(
    /^(?:import|export)\s+(type\s)?[^'"]*?from\s+'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm
  )) {
    found.push({
      to: normalize(join(dirname(path), match[2] ?? match[3] ?? '')),
      isType: match[1] !== undefined
    })
  }
  return found
}

function roomOf(path: string): string | undefined {
  const match = /^server\/src\/([^/]+)/.exec(path)
  return match?.[1]?.replace(/\.ts$/, '')
}

describe('layers', () => {
  it('imports downwards only: move the type to the lower room, or declare the narrow interface where it is needed', () => {
    const wrong: string[] = []
    for (const [path, source] of code) {
      const from = roomOf(path)
      if (from === undefined) continue
      for (const { to } of importsOf(path, source)) {
        const room = roomOf(to)
        if (room === undefined || room === from) continue
        if (rowOf(room) < 0)
          wrong.push(`${room} has no row: add it to ARCHITECTURE.md and to this test`)
        // main and cli are one row and start each other; the lowest row is files that may read
        // one another.
        const lowest = rowOf(room) === 0 && rowOf(from) === 0
        const top = rowOf(room) === rows.length - 1 && rowOf(from) === rows.length - 1
        if (rowOf(room) >= rowOf(from) && !lowest && !top) wrong.push(`${path} imports ${to}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('imports downwards only in the SDK too, types of the public surface aside', () => {
    const roomIn = (path: string): string | undefined =>
      /^sdk\/src\/([^/]+)/.exec(path)?.[1]?.replace(/\.ts$/, '')
    const sdkRowOf = (room: string): number => sdkRows.findIndex((row) => row.includes(room))
    const wrong = code.flatMap(([path, source]) => {
      const from = roomIn(path)
      if (from === undefined) return []
      return importsOf(path, source).flatMap(({ to, isType }) => {
        const room = roomIn(to)
        if (room === undefined || room === from || (isType && sdkRowOf(from) === 0)) return []
        if (sdkRowOf(room) < 0 || sdkRowOf(from) < 0) return [`${room} or ${from} has no row`]
        const isLowest = sdkRowOf(room) === 0 && sdkRowOf(from) === 0
        return sdkRowOf(room) >= sdkRowOf(from) && !isLowest ? [`${path} imports ${to}`] : []
      })
    })
    expect(wrong).toEqual([])
  })

  it('imports downwards only in the dashboard, so that a page can be changed without the others', () => {
    const roomIn = (path: string): string | undefined =>
      /^dashboard\/src\/([^/]+)/.exec(path)?.[1]?.replace(/\.tsx?$/, '')
    const dashboardRowOf = (room: string): number =>
      dashboardRows.findIndex((row) => row.includes(room))
    const wrong = code.flatMap(([path, source]) => {
      const from = roomIn(path)
      if (from === undefined) return []
      return importsOf(path, source).flatMap(({ to }) => {
        const room = roomIn(to)
        if (room === undefined || room === from || to.endsWith('.css')) return []
        if (dashboardRowOf(room) < 0 || dashboardRowOf(from) < 0)
          return [`${room} or ${from} has no row`]
        // Pages are loaded on demand by the one list of them.
        return dashboardRowOf(room) >= dashboardRowOf(from) ? [`${path} imports ${to}`] : []
      })
    })
    expect(wrong).toEqual([])
  })

  it('has no import cycle: name the shared thing and move it below both', () => {
    const graph = new Map(
      code.map(([path, source]) => [path, importsOf(path, source).map(({ to }) => to)])
    )
    const cycles: string[] = []
    const state = new Map<string, 'open' | 'done'>()
    const visit = (path: string, trail: readonly string[]): void => {
      if (state.get(path) === 'done') return
      if (state.get(path) === 'open') {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
        return
      }
      state.set(path, 'open')
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path])
      state.set(path, 'done')
    }
    for (const path of graph.keys()) visit(path, [])
    expect(cycles).toEqual([])
  })

  it('keeps values free of everything, so that it can be built into each package', () => {
    const wrong = code.filter(
      ([path, source]) =>
        path.startsWith('values/') &&
        /\bfrom '(?!\.\/|\.\.\/[a-z])|\bimport\('|process\.|\bDate\.now\(/.test(source)
    )
    expect(wrong.map(([path]) => path)).toEqual([])
  })

  it('reads values as `#values/…`, which every package finds in itself', () => {
    const wrong = sources.filter(([, source]) => /from '(?:\.\.\/)+values\//.test(source))
    expect(wrong.map(([path]) => path)).toEqual([])
  })

  it('keeps contract and sdk free of sibling packages, so that somebody can install one alone', () => {
    const wrong = code.filter(
      ([path, source]) =>
        /^(contract|sdk|sql)\//.test(path) &&
        /^(?:import|export|\}).*from '(?:@candor\/|(?:\.\.\/)+(?:server|sdk|contract)\/)/m.test(
          source
        )
    )
    expect(wrong.map(([path]) => path)).toEqual([])
  })
})

describe('sdk', () => {
  it('has no dependency at all: what it needs, it writes itself or goes without', () => {
    const manifest = JSON.parse(text.get('sdk/package.json') ?? '{}') as Record<string, unknown>
    expect(Object.keys(manifest).filter((key) => /dependencies$/i.test(key))).toEqual([])
  })
})

describe('effects', () => {
  const mayTouchTheWorld =
    /^server\/src\/(effects|main)\.ts$|^sdk\/src\/(effects\.ts|testing\/|network\/network-thread\.ts)|^server\/src\/products\/load\.ts$|^postgres\/src\/(?:(?:effects|product)\.ts$|cli\/)|\/storage\/engine\/|^server\/src\/inbox\/|^(bench|scripts)\//
  it('reads clock, chance, environment, files and network through effects: take them as a parameter', () => {
    const wrong: string[] = []
    for (const [path, source] of code) {
      if (!/^(?:server|sdk|postgres)\/src/.test(path) || mayTouchTheWorld.test(path)) continue
      const words =
        /process\.env|\bDate\.now\(|\bMath\.random\(|(?<![.\w])fetch\(|from 'node:fs(\/promises)?'/.exec(
          source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
        )
      if (words !== null) wrong.push(`${path}: ${words[0]}`)
    }
    expect(wrong).toEqual([])
  })
})

describe('words', () => {
  it('has no unfinished or focused work: finish it, or make it an issue', () => {
    const banned = new RegExp(
      `\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['X', 'XX'].join('')})\\b|\\.(only|skip|todo)\\(`
    )
    const wrong = [...text].filter(
      ([path, source]) => path !== 'test/tidy.test.ts' && banned.test(source)
    )
    expect(wrong.map(([path, source]) => `${path}: ${banned.exec(source)?.[0]}`)).toEqual([])
  })

  it('names files for what they answer: a file called utils, helpers, common, misc, types, shared or core says nothing', () => {
    expect(
      tracked.filter((path) =>
        /(^|\/)(utils?|helpers?|common|misc|types|shared|core)(\.[a-z]+|\/)/.test(path)
      )
    ).toEqual([])
  })

  it('opens each source file with the sentence that it answers', () => {
    const wrong = code.filter(
      ([path, source]) => !path.endsWith('.config.ts') && !/^(#!.*\n)?(\/\*\*|\/\/ )/.test(source)
    )
    expect(wrong.map(([path]) => path)).toEqual([])
  })

  it('carries no path of a machine and no registry host', () => {
    const wrong = [...text].filter(
      ([path, source]) =>
        path !== 'test/tidy.test.ts' &&
        /(^|[\s"'(])\/(work|root|home)\/\w|https?:\/\/[a-z.]*(registry|goproxy)[a-z.]*\//.test(
          source
        )
    )
    expect(wrong.map(([path]) => path)).toEqual([])
  })
})

describe('folders', () => {
  it('gives every product, protocol and store a README and tests or fixtures', () => {
    const wrong: string[] = []
    const folders = new Set<string>(['server/src/storage'])
    for (const path of tracked) {
      const match = /^server\/src\/(products|protocols)\/[^/]+(?=\/)/.exec(path)
      if (match !== null) folders.add(match[0])
    }
    for (const folder of folders) {
      if (!tracked.includes(`${folder}/README.md`))
        wrong.push(`${folder} needs a README.md: what it is, how to add one, where it was observed`)
      if (
        !tracked.some(
          (path) =>
            path.startsWith(`${folder}/`) &&
            (path.endsWith('.test.ts') || path.includes('/fixtures/'))
        )
      )
        wrong.push(`${folder} needs a test or fixtures`)
    }
    expect(wrong).toEqual([])
  })

  it('has a map that is true: folders of ARCHITECTURE.md exist, and the reverse', () => {
    const map = text.get('ARCHITECTURE.md') ?? ''
    const named = new Set([...map.matchAll(/`([a-z][\w./-]*\/)`/g)].map((match) => match[1] ?? ''))
    const existing = new Set<string>()
    for (const path of tracked) {
      const parts = path.split('/')
      if (parts.length > 1 && !path.startsWith('.')) existing.add(`${parts[0]}/`)
      if (path.startsWith('server/src/') && parts.length > 3)
        existing.add(`server/src/${parts[2]}/`)
    }
    expect(
      [...named].filter((folder) => ![...tracked].some((path) => path.startsWith(folder)))
    ).toEqual([])
    expect([...existing].filter((folder) => !named.has(folder))).toEqual([])
  })

  it('explains every error code in docs/reference/errors.md, and no other', () => {
    const source = text.get('server/src/errors.ts') ?? ''
    const codes = new Set(
      [...source.matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)].map((match) => match[1] ?? '')
    )
    const explained = new Set(
      [...(text.get('docs/reference/errors.md') ?? '').matchAll(/^\| `([A-Z_]+)`/gm)].map(
        (match) => match[1] ?? ''
      )
    )
    expect([...codes].filter((item) => !explained.has(item))).toEqual([])
    expect([...explained].filter((item) => !codes.has(item))).toEqual([])
  })
})
