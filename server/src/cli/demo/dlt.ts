/**
 * Simulated dlt users: notebooks and schedulers that run pipelines, and CI jobs that are a new
 * installation each time.
 */
import type { Chance } from './chance.ts'
import {
  lagOf,
  lifeOf,
  versionOn,
  type DayContext,
  type Member,
  type Release,
  type Send
} from './member.ts'

export const dltReleases: readonly Release[] = [
  ['1.16.0', -90],
  ['1.21.0', -12],
  ['1.24.0', 24],
  ['1.26.0', 66]
]
const destinations = [
  ['duckdb', 8],
  ['bigquery', 4],
  ['snowflake', 3],
  ['postgres', 3],
  ['filesystem', 2],
  ['databricks', 1],
  ['motherduck', 1]
] as const

export function dltMember(chance: Chance, days: number): Member {
  const life = lifeOf(chance, days)
  const lag = lagOf(chance, 18)
  const id = chance.hex(32)
  const who = context(chance, ['docker'])
  const destination = chance.weighted(destinations)
  const pipeline = chance.hex(20)
  const runsADay = chance.weighted([
    [1, 7],
    [2, 3],
    [6, 1]
  ])
  return {
    day(day, { chance }) {
      if (day < life.from || day > life.to || !chance.happens(0.35)) return []
      const version = versionOn(day, dltReleases, lag)
      return Array.from({ length: runsADay }, () =>
        run({ chance, id, pipeline, destination, hour: chance.unit() * 23, context: who(version) })
      ).flat()
    }
  }
}

/** A repository's CI: every job starts in a fresh container with a fresh id. */
export function dltCi(chance: Chance): Member {
  const who = context(chance, ['docker', 'github_actions'])
  const pipeline = chance.hex(20)
  return {
    day: (day, { chance, isWeekend }: DayContext) =>
      isWeekend
        ? []
        : Array.from({ length: chance.whole(1, 2) }, () =>
            run({
              chance,
              id: chance.hex(32),
              pipeline,
              destination: 'duckdb',
              hour: chance.unit() * 23,
              context: who(versionOn(day, dltReleases, 1))
            })
          ).flat()
  }
}

function context(chance: Chance, execution: readonly string[]): (version: string) => object {
  const isCi = execution.includes('github_actions')
  const python = chance.pick(['3.10.14', '3.11.2', '3.12.8', '3.13.1'])
  const os = isCi
    ? 'Linux'
    : chance.weighted([
        ['Linux', 6],
        ['Darwin', 3],
        ['Windows', 1]
      ])
  const cpu = chance.pick([2, 4, 8, 10, 16])
  const info = isCi || os === 'Linux' ? execution : chance.happens(0.4) ? ['notebook'] : []
  return (version) => ({
    ci_run: isCi,
    python,
    cpu,
    exec_info: info,
    os: { name: os, version: '6.8.0' },
    library: { name: 'dlt', version },
    run_context: 'dlt'
  })
}

function run(options: {
  chance: Chance
  id: string
  pipeline: string
  destination: string
  hour: number
  context: object
}): readonly Send[] {
  const { chance, id, pipeline, destination, hour } = options
  const transaction = chance.hex(32)
  const isFailing = chance.happens(0.06)
  let elapsed = 0
  return ['extract', 'normalize', 'load', 'run'].flatMap((step, index) => {
    elapsed += chance.skewed(4)
    if (isFailing && step === 'normalize') return []
    const properties = {
      elapsed,
      success: !(isFailing && index > 1),
      destination_name: destination,
      destination_type: `dlt.destinations.${destination}`,
      pipeline_name_hash: pipeline,
      dataset_name_hash: pipeline,
      default_schema_name_hash: pipeline,
      transaction_id: transaction,
      ...(step === 'extract' ? { extract_data: [{ name: 'github', data_type: 'source' }] } : {}),
      ...(step === 'load'
        ? { destination_fingerprint: destination === 'duckdb' ? '' : pipeline }
        : {}),
      event_category: 'pipeline',
      event_name: step
    }
    return [
      {
        hour: hour + elapsed / 3600,
        path: '/in/dlt',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          anonymousId: id,
          event: `pipeline_${step}`,
          properties,
          context: options.context
        })
      }
    ]
  })
}
