/**
 * A command line that lives dlt's telemetry life with our SDK: its events, its id, its switches, as
 * its public page words them.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { detectEnvironment, unlisted } from '@candor/sdk'
import { applySwitches, readSwitches } from '@candor/sdk/command'
import { addTelemetryCommand, reported } from '@candor/sdk/commander'
import { Command } from 'commander'
import { extract, load, normalize, type Pipeline } from './pipeline.ts'
import { settingsOf, writeSettings } from './settings.ts'
import { contract, createTelemetry } from './telemetry.ts'

const version = '1.26.0'
const data = process.env['DLT_DATA_DIR'] ?? join(homedir(), '.dlt')
const project = process.cwd()
const projectFile = join(project, '.dlt', 'telemetry.json')
const switches = readSwitches(contract, process.argv.slice(2))
const out = (text: string): void => void process.stdout.write(text)
const err = (text: string): void => void process.stderr.write(text)
const exit = (code: number): void => void (process.exitCode = code)

const telemetry = createTelemetry({
  version,
  // The id lies where dlt has always kept it; users who had one keep it.
  folder: data,
  idFile: '.anonymous_id',
  projectFile,
  ...(switches.flag === undefined ? {} : { flag: switches.flag }),
  context: () => ({ exec_info: detectEnvironment().places.map(unlisted), run_context: 'dlt' })
})
// Written before they are read: a no in one of these files would outlive `--enable-telemetry`.
const unwritten =
  switches.forGood === undefined
    ? []
    : writeSettings({ project, data }, { enabled: switches.forGood.to === 'on' })
for (const settings of settingsOf({ project, data })) telemetry.controls.configure(settings)

/**
 * Each step tells how long it is since the run began, and whether it ended well; an error passes
 * through.
 */
async function run(pipeline: Pipeline): Promise<void> {
  const began = performance.now()
  const shared = {
    destination_type: unlisted(pipeline.destination),
    pipeline_name_hash: pipeline.name,
    dataset_name_hash: pipeline.dataset,
    default_schema_name_hash: pipeline.source
  }
  const transaction_id = randomUUID().replaceAll('-', '')
  const step = async <Result>(
    name: 'pipeline_extract' | 'pipeline_normalize' | 'pipeline_load',
    work: () => Result | Promise<Result>
  ): Promise<Result> => {
    const fields = (success: boolean): object => ({
      ...shared,
      transaction_id,
      success,
      elapsed: (performance.now() - began) / 1000,
      ...(name === 'pipeline_extract'
        ? { extract_data: [{ name: unlisted(pipeline.source), data_type: 'source' }] }
        : {})
    })
    try {
      const result = await work()
      telemetry.record(name, fields(true))
      return result
    } catch (error) {
      telemetry.record(name, fields(false))
      throw error
    }
  }
  await telemetry.measure('pipeline_run', { ...shared, transaction_id }, async () => {
    const tables = await step('pipeline_extract', () => extract(pipeline))
    const flat = await step('pipeline_normalize', () => normalize(tables))
    const written = await step('pipeline_load', () => load(pipeline, flat))
    out(`${pipeline.name}: loaded ${written.length} tables into ${pipeline.dataset}\n`)
  })
}

async function init(source: string, destination: string): Promise<void> {
  const path = join(project, '.dlt', 'config.toml')
  await mkdir(join(project, '.dlt'), { recursive: true })
  if (!existsSync(path)) await writeFile(path, '[runtime]\n')
  await writeFile(
    join(project, `${source}_pipeline.json`),
    `${JSON.stringify({ source, destination }, null, 2)}\n`
  )
  out(`Your new pipeline ${source} is ready to be customized.\n`)
}

const program = new Command('dlt')
  .description('a small pipeline that lives the telemetry life of dlt')
  .version(version)
program
  .command('init')
  .argument('<source>')
  .argument('<destination>')
  .description('start a pipeline')
  .action(async (source: string, destination: string) => {
    await telemetry.measure(
      'command_init',
      { source_name: unlisted(source), destination_type: unlisted(destination) },
      () => init(source, destination)
    )
  })
program
  .command('run')
  .argument('<file>', 'rows as JSON')
  .option('--name <pipeline>', 'what you call it', 'example')
  .option('--dataset <dataset>', 'where to', 'example_data')
  .option('--source <source>', 'what it reads', 'fruitshop')
  .option('--every <seconds>', 'run again and again')
  .description('extract, normalize and load')
  .action(
    async (
      from: string,
      {
        name,
        dataset,
        source,
        every
      }: { name: string; dataset: string; source: string; every?: string }
    ) => {
      for (;;) {
        await run({ name, dataset, source, from, destination: 'filesystem' })
        if (every === undefined) return
        await sleep(Number(every) * 1000)
      }
    }
  )
const pipeline = program.command('pipeline').description('what is known of a pipeline')
for (const operation of ['info', 'list'])
  pipeline
    .command(operation)
    .action(reported(telemetry, contract, () => out('No pipelines here.\n')))
addTelemetryCommand(program, telemetry, { out, err, exit })

const told = await applySwitches(telemetry.controls, switches)
if (told !== undefined) out(`${told}\n`)
for (const path of unwritten) {
  err(`${path} could not be changed: a project or another program may not know of this.\n`)
  exit(1)
}
if (switches.rest.length > 0 || told === undefined) {
  try {
    await program.parseAsync([...switches.rest], { from: 'user' })
  } catch (error) {
    err(`${error instanceof Error ? error.message : String(error)}\n`)
    exit(1)
  }
}
