/** Runs seeds, prints what each was, and of one that fails how to see it again. */
import { createHash, randomInt } from 'node:crypto'
import { oldSeeds } from './seeds.ts'
import { simulate, type Simulated, type SimulationOptions } from './simulate.ts'

/** How long new seeds are drawn: what a machine can in this time, or the same on every machine. */
type Until =
  | { readonly is: 'time'; readonly milliseconds: number }
  | { readonly is: 'worlds'; readonly worlds: number }
  | { readonly is: 'days'; readonly days: number }

export interface RunOptions {
  readonly seed: number | undefined
  readonly days: number | undefined
  readonly programs: readonly number[] | undefined
  readonly until: Until
  /** What they are made of; undefined: of chance. */
  readonly of: string | undefined
  readonly isEngine: boolean
  /** What is broken by hand, if anything is. */
  readonly mutation: string | undefined
  readonly isTraced: boolean
  /** The old ones first. */
  readonly isWithOld: boolean
}

/** All that a command has to say, so that the same happens again. */
type Drawn = SimulationOptions & Pick<RunOptions, 'mutation'>

const daysUsual = 9

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Resolves with the exit code. */
export async function run(options: RunOptions): Promise<number> {
  const { seed, isEngine, programs, mutation } = options
  const days = options.days ?? daysUsual
  const write = options.isTraced ? print : undefined
  if (seed !== undefined)
    return isFine(await show({ seed, days, programs, isEngine, mutation, write })) ? 0 : 1
  const sum = new Sum()
  if (options.isWithOld)
    for (const { seed: old, days: oldDays } of oldSeeds) {
      const simulated = await show({ seed: old, days: oldDays, isEngine, mutation })
      if (!isFine(simulated)) return 1
      sum.add(simulated)
    }
  const began = performance.now()
  let lived = 0
  const isOver = (count: number): boolean => {
    const { until } = options
    if (until.is === 'time') return performance.now() - began >= until.milliseconds
    return until.is === 'worlds' ? count >= until.worlds : lived >= until.days
  }
  for (let count = 0; !isOver(count); count += 1) {
    const drawn = { seed: newSeed(options.of, count), days, isEngine, mutation }
    const simulated = await show(drawn)
    if (!isFine(simulated)) {
      await shrink(drawn, simulated)
      return 1
    }
    sum.add(simulated)
    lived += simulated.days
  }
  print(sum.line())
  return 0
}

function newSeed(of: string | undefined, count: number): number {
  if (of === undefined) return randomInt(2 ** 31)
  return createHash('sha256').update(`${of}/${count}`).digest().readUInt32BE() >>> 1
}

function isFine({ failure }: Simulated): boolean {
  return failure === undefined
}

async function show(options: Drawn): Promise<Simulated> {
  const began = performance.now()
  const simulated = await simulate(options)
  const { failure, digest, days, installations } = simulated
  const took = ((performance.now() - began) / 1_000).toFixed(1)
  print(
    `seed ${options.seed}: ${days} days of ${installations} installations in ${took} s, trace ` +
      `${digest}${failure === undefined ? '' : `, BROKEN ${failure.promise}`}`
  )
  if (failure !== undefined) {
    print(`\n${failure.promise}: ${failure.how}\n`)
    print(simulated.last.slice(-25).join('\n'))
    print(`\nSee it again: ${commandOf(options)}\n`)
  }
  return simulated
}

function commandOf({ seed, days, programs, isEngine, mutation }: Drawn): string {
  const only = programs === undefined ? '' : ` --programs ${programs.join(',') || 'none'}`
  const engine = isEngine === true ? ' --engine' : ''
  const broken = mutation === undefined ? '' : ` --mutation ${mutation}`
  return `npm run simulate -- --seed ${seed} --days ${days}${only}${engine}${broken}`
}

/** Fewer installations and fewer days that break the same promise: each is tried once. */
async function shrink(drawn: Drawn, { failure, installations }: Simulated): Promise<void> {
  const breaksToo = async (options: SimulationOptions): Promise<boolean> =>
    (await simulate(options)).failure?.promise === failure?.promise
  let smallest = drawn
  let programs = Array.from({ length: installations }, (_none, index) => index)
  for (const program of programs) {
    const fewer = { ...drawn, programs: programs.filter((each) => each !== program) }
    if (!(await breaksToo(fewer))) continue
    programs = fewer.programs
    smallest = fewer
  }
  for (let days = 1; days < drawn.days; days = Math.ceil(days * 1.5)) {
    if (!(await breaksToo({ ...smallest, days }))) continue
    smallest = { ...smallest, days }
    break
  }
  if (smallest !== drawn) print(`The same with less: ${commandOf(smallest)}`)
}

class Sum {
  readonly #began = performance.now()
  readonly #figures = new Map<string, number>()
  #days = 0
  #seeds = 0

  add({ days, figures }: Simulated): void {
    this.#days += days
    this.#seeds += 1
    for (const [name, count] of figures)
      this.#figures.set(name, (this.#figures.get(name) ?? 0) + count)
  }

  line(): string {
    const minutes = (performance.now() - this.#began) / 60_000
    const figures = [...this.#figures].toSorted().map(([name, count]) => `${name}: ${count}`)
    return (
      `${this.#seeds} seeds, ${this.#days} days, ` +
      `${Math.round(this.#days / minutes)} days a minute; ` +
      figures.join(', ')
    )
  }
}
