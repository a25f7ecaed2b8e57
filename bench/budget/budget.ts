/**
 * Where does a request's processor time go, stage by stage, from a server that only parses JSON to
 * ours?
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds, runLoad, startCandor, startFloor } from '../processes.ts'
import type { Measurement } from '../ingest.ts'
import { shapes } from '../shapes.ts'

const floorPort = 4798
const connections = 128
const warmUpSeconds = 3
/** A profile of a long run has some hundred thousand samples. */
const profileMsMax = 20_000

type Stage = (typeof stages)[number]['stage'] | 'garbage collection' | 'the rest of the main thread'

/**
 * The first that holds of a frame's file counts; a frame whose file is in none of them counts for
 * whoever called it.
 */
const stages = [
  { stage: 'JSON.parse', files: /\/protocols\/json\.js$|\/bench\/dist\/floor\.js$/ },
  { stage: 'tokens', files: /\/collector\/secret\/|^node:internal\/crypto/ },
  { stage: 'decoding', files: /\/protocols\// },
  { stage: 'judging', files: /\/collector\/|\/contract\/dist\/|\/dist\/values\/|\/products\// },
  { stage: 'rows as lines', files: /\/storage\/tables\// },
  { stage: 'commit and duplicates', files: /\/inbox\/|\/lmdb\// },
  { stage: 'loading', files: /\/storage\/|\/@clickhouse\// },
  { stage: 'our bounds around a request', files: /\/server\/dist\/(?:http|app|api)\// },
  { stage: 'sockets and node:http', files: /^node:(?!buffer|inspector)/ }
] as const

export async function measureBudget({ seconds, only, print }: Measurement): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'candor-budget-'))
  process.env['NODE_OPTIONS'] = `--import=${join(import.meta.dirname, 'profiler.js')}`
  try {
    process.env['BENCH_PROFILE'] = join(folder, 'floor')
    const floor = await startFloor(floorPort)
    process.env['BENCH_PROFILE'] = join(folder, 'candor')
    const candor = await startCandor()
    delete process.env['NODE_OPTIONS']
    try {
      const asked = only ?? ['native', 'native-batch']
      for (const shape of shapes.filter(({ name }) => asked.includes(name))) {
        const places = [
          { of: 'floor', pid: floor.pid as number, port: floorPort },
          { of: 'candor', pid: candor.pid, port: candor.port }
        ]
        for (const { of, pid, port } of places) {
          const path = join(folder, `${of}.cpuprofile`)
          const { cpuMicros, profile, requests } = await profiled(pid, path, (forSeconds) =>
            runLoad({ port, shape: shape.name, connections, seconds: forSeconds ?? seconds })
          )
          print({
            bench: 'budget',
            shape: shape.name,
            of,
            ...budgetOf(profile, requests, cpuMicros)
          })
        }
      }
    } finally {
      floor.disconnect()
      await candor.stop()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Profiled {
  readonly profile: Profiler.Profile
  readonly requests: number
  readonly cpuMicros: number
}

async function profiled(
  pid: number,
  path: string,
  load: (seconds?: number) => Promise<{ readonly requests: number }>
): Promise<Profiled> {
  await load(warmUpSeconds)
  rmSync(path, { force: true })
  process.kill(pid, 'SIGUSR2')
  const before = cpuSeconds(pid)
  const { requests } = await load()
  const cpuMicros = ((cpuSeconds(pid) - before) * 1e6) / requests
  process.kill(pid, 'SIGUSR2')
  return { profile: await written(path), requests, cpuMicros }
}

async function written(path: string): Promise<Profiler.Profile> {
  for (const until = performance.now() + profileMsMax; performance.now() < until;) {
    await sleep(100)
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Profiler.Profile
    } catch {
      // It is not there yet, or not whole.
    }
  }
  throw new Error(`no profile was written to ${path}`)
}

/** Microseconds a request. What other threads took is the rest of what the process took. */
function budgetOf(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  requests: number,
  cpuMicros: number
): object {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((of) => [of, id])))
  const stageOf = (id: number): Stage | undefined => {
    const name = byId.get(id)?.callFrame.functionName
    if (name === '(idle)') return undefined
    if (name === '(garbage collector)') return 'garbage collection'
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const url = byId.get(at)?.callFrame.url ?? ''
      const found = stages.find(({ files }) => files.test(url))
      if (found !== undefined) return found.stage
    }
    return 'the rest of the main thread'
  }
  const micros = new Map<Stage, number>()
  for (const [index, id] of samples.entries()) {
    const stage = stageOf(id)
    if (stage !== undefined)
      micros.set(stage, (micros.get(stage) ?? 0) + (timeDeltas[index] ?? 0) / requests)
  }
  const mainThread = [...micros.values()].reduce((sum, each) => sum + each, 0)
  return {
    requests,
    cpuMicrosPerRequest: rounded(cpuMicros),
    mainThreadMicros: rounded(mainThread),
    stages: Object.fromEntries(
      [...micros].toSorted((a, b) => b[1] - a[1]).map(([stage, each]) => [stage, rounded(each)])
    )
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
