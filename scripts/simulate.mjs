// Lives days of programs, network and collector in seconds, from one seed, and holds every promise
// against a ledger. A failure prints its seed and how to see it again.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { argv, execPath, exit } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { answerHelp } from './usage.mjs'

/** Half a minute of a machine that has nothing else to do. */
const ciWorlds = 30

answerHelp(
  import.meta.url,
  `npm run simulate [-- OPTIONS]

Lives days of programs, network and collector in seconds, and holds every promise against a ledger.
Without options: the seeds that failed once, and 30 seconds of new ones.

--seed N        only this one; the same seed is the same world, event by event
--days D        how long it lives before nothing goes wrong any more (default: 9)
--programs 0,2  only these of its installations; none: strangers alone
--trace         prints every event
--minutes M     new seeds for so long, without the old ones
--total-days T  new seeds until they have lived so many days together, without the old ones
--worlds W      the old ones, and so many new seeds
--of TEXT       new seeds that are made of this text: the same ones for the same text
--ci            what CI runs for the commit that is checked out, on every machine the same: the old
                ones, and ${ciWorlds} that are made of its tree
--engine        ClickHouse itself stands behind the loader
--mutations     breaks SDK and collector in many ways, one after the other; each must be found
--mutation NAME breaks them in that one way

test/simulation/README.md says what is simulated and what is not.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'test', 'simulation')
const cache = join(root, 'node_modules', '.cache', 'simulation')

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    seed: { type: 'string' },
    days: { type: 'string' },
    programs: { type: 'string' },
    minutes: { type: 'string' },
    worlds: { type: 'string' },
    'total-days': { type: 'string' },
    of: { type: 'string' },
    ci: { type: 'boolean', default: false },
    mutation: { type: 'string' },
    mutations: { type: 'boolean', default: false },
    engine: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false }
  }
})

/** Of our own packages the sources; a mutation is a patch to one of them while it is built. */
const sources = (mutation) => ({
  name: 'sources',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@candor\/contract$/ }, () => ({
      path: join(root, 'contract/src/index.ts')
    }))
    onResolve({ filter: /^#values\// }, ({ path }) => ({
      path: join(root, 'values/src', `${path.slice('#values/'.length)}.ts`)
    }))
    if (mutation === undefined) return
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (relative(root, path) !== mutation.file) return undefined
      const text = readFileSync(path, 'utf8')
      const parts = text.split(mutation.from)
      if (parts.length !== 2)
        throw new Error(
          `${mutation.name}: what it changes is ${parts.length - 1} times in ${mutation.file}`
        )
      return { contents: parts.join(mutation.to), loader: 'ts' }
    })
  }
})

async function bundled(entry, name, mutation) {
  mkdirSync(cache, { recursive: true })
  const outfile = join(cache, `${name}.mjs`)
  await build({
    entryPoints: [join(folder, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    plugins: [sources(mutation)],
    logLevel: 'error'
  })
  return import(pathToFileURL(outfile).href)
}

/** Undefined where it is not said. What is no number is no run of none. */
function number(name) {
  const text = values[name]
  if (text === undefined) return undefined
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text)
  console.error(`--${name} takes a number, such as --${name} 8; ${text} is none`)
  exit(2)
}

/** A copy without its history has no tree, and one seed a world all the same. */
function treeOfHead() {
  try {
    const tree = ['rev-parse', 'HEAD^{tree}']
    return execFileSync('git', tree, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return 'none'
  }
}

/** Until when new worlds are drawn, and whether the old ones come first. */
function untilWhen() {
  const [minutes, totalDays] = [number('minutes'), number('total-days')]
  if (values.ci) return { isWithOld: true, until: { is: 'worlds', worlds: ciWorlds } }
  if (totalDays !== undefined) return { isWithOld: false, until: { is: 'days', days: totalDays } }
  if (minutes !== undefined)
    return { isWithOld: false, until: { is: 'time', milliseconds: 60_000 * minutes } }
  const worlds = number('worlds')
  return {
    isWithOld: true,
    until: worlds === undefined ? { is: 'time', milliseconds: 30_000 } : { is: 'worlds', worlds }
  }
}

if (values.mutations) {
  const { mutations } = await bundled('mutations.ts', 'mutations')
  const missed = []
  for (const { name, says } of mutations) {
    const { status, stdout } = spawnSync(
      execPath,
      [fileURLToPath(import.meta.url), '--mutation', name, '--minutes', values.minutes ?? '3'],
      // Two more to make a failure smaller; a fault may also be that it never ends.
      { encoding: 'utf8', timeout: 60_000 * ((number('minutes') ?? 3) + 2) }
    )
    const found = /BROKEN ([a-z ]+)/.exec(stdout)?.[1]
    const isFound = status === 1 && found !== undefined
    console.log(`${name}: ${isFound ? `found, by “${found}”` : 'NOT FOUND'} (${says})`)
    if (!isFound) missed.push(name)
  }
  exit(missed.length === 0 ? 0 : 1)
}

const mutation =
  values.mutation === undefined
    ? undefined
    : (await bundled('mutations.ts', 'mutations')).mutations.find(
        ({ name }) => name === values.mutation
      )
if (values.mutation !== undefined && mutation === undefined)
  throw new Error(`no mutation ${values.mutation}`)
const { run } = await bundled('run.ts', `run-${mutation?.name ?? 'whole'}`, mutation)
exit(
  await run({
    ...untilWhen(),
    seed: number('seed'),
    days: number('days'),
    programs: values.programs === 'none' ? [] : values.programs?.split(',').map(Number),
    of: values.ci ? treeOfHead() : values.of,
    isEngine: values.engine,
    mutation: mutation?.name,
    isTraced: values.trace
  })
)
