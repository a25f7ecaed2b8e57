/**
 * dlt's telemetry life with our SDK, as its public page words it, end to end against a real
 * collector.
 */
import { writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  query as answer,
  removeServer,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import {
  exampleHome,
  runExample,
  startExample,
  type ExampleHome,
  type RanExample
} from './world/sdk/example-program.ts'

const query = async (
  server: RunningServer,
  sql: string
): Promise<readonly Readonly<Record<string, unknown>>[]> => (await answer(server, sql)).rows
const rows = JSON.stringify({
  orders: [{ id: 1, customer: 'jane@acme.example', items: [{ sku: 'a' }, { sku: 'b' }] }]
})

describe('a program that reports as dlt does', () => {
  let server: RunningServer
  let home: ExampleHome
  beforeAll(async () => {
    server = await startServer()
    // A view that is not made yet can't be asked.
    await untilStoreIs(server, 'ready')
  })
  afterAll(() => removeServer(server))
  beforeEach(() => {
    home = exampleHome()
    writeFileSync(join(home.project, 'rows.json'), rows)
  })
  afterEach(() => home.remove())

  const dlt = (
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    terminal = false
  ): Promise<RanExample> =>
    runExample({
      example: 'dlt-pipeline',
      words,
      home,
      terminal,
      environment: { RUNTIME__DLTHUB_TELEMETRY_ENDPOINT: server.url, ...environment }
    })
  const consented = { DLT_TELEMETRY: 'on' }
  const isOff = async (): Promise<void> => {
    const { out } = await dlt(['telemetry', '--format', 'json'])
    expect(JSON.parse(out)).toMatchObject({ state: 'off' })
  }

  it('sends nothing on the run that shows the notice, and what the next runs did after that', async () => {
    const first = await dlt(
      ['run', 'rows.json', '--name', 'my_secret_pipeline', '--dataset', 'my_secret_data'],
      {},
      true
    )
    expect(first.code).toBe(0)
    expect(first.out).toContain('Nothing of it is sent in this run.')
    expect([...home.files().keys()].filter((path) => path.startsWith('.dlt/'))).toEqual([
      '.dlt/telemetry/notice.json'
    ])
    const second = await dlt(
      ['run', 'rows.json', '--name', 'my_secret_pipeline', '--dataset', 'my_secret_data'],
      {},
      true
    )
    expect(second.out).toBe('my_secret_pipeline: loaded 2 tables into my_secret_data\n')
    expect(home.files().has('.dlt/.anonymous_id')).toBe(true)
    // Nobody waits for it: the run was over long before its collector answered.
    const kept = await eventually(
      () =>
        query(
          server,
          `SELECT name, toString(success) AS success, destination_type, version, isNotNull(pipeline_name_hash) AS has_name,
             automation, installation FROM dlt WHERE name LIKE 'pipeline\\_%' ORDER BY seq`
        ),
      (found) => found.length >= 4
    )
    expect(kept.map(({ name }) => name)).toEqual([
      'pipeline_extract',
      'pipeline_normalize',
      'pipeline_load',
      'pipeline_run'
    ])
    expect(new Set(kept.map(({ installation }) => installation)).size).toBe(1)
    expect(kept[2]).toMatchObject({
      success: 'true',
      destination_type: 'filesystem',
      version: '1.26.0',
      automation: 'none'
    })
    const everything = [...home.files()]
      .filter(([path]) => path.startsWith('.dlt/'))
      .map(([, text]) => text)
    for (const secret of ['my_secret', 'jane@acme.example', 'rows.json'])
      expect(everything.join('\n')).not.toContain(secret)
  })

  it('has a flag on any command that switches off for good, in the project too, and then runs the command', async () => {
    mkdirSync(join(home.project, '.dlt'))
    writeFileSync(join(home.project, '.dlt', 'telemetry.json'), '{ "telemetry": "on" }\n')
    const { out, code } = await dlt(['--disable-telemetry', 'init', 'chess', 'duckdb'])
    expect(code).toBe(0)
    expect(out).toBe(
      'Telemetry is off, here and for good.\nYour new pipeline chess is ready to be customized.\n'
    )
    expect(JSON.parse(home.files().get('project/.dlt/telemetry.json') ?? '')).toEqual({
      telemetry: 'off'
    })
    const left = ['.dlt/config.toml', '.dlt/telemetry/consent.json']
    const ofUser = (): readonly string[] =>
      [...home.files().keys()].filter((path) => path.startsWith('.dlt/')).sort()
    expect(ofUser()).toEqual(left)
    await isOff()
    await dlt(['run', 'rows.json'], consented)
    expect(ofUser()).toEqual(left)
  })

  it('writes the same two files at off and at on, and leaves what else stands in them', async () => {
    const own = '# of Jane\n[runtime]\nlog_level = "INFO"\n\n[load]\nworkers = 2\n'
    const files = ['project/.dlt/config.toml', '.dlt/config.toml']
    for (const path of files) mkdirSync(join(home.home, path, '..'), { recursive: true })
    for (const path of files) writeFileSync(join(home.home, path), own)
    for (const [flag, value] of [
      ['--disable-telemetry', 'false'],
      ['--enable-telemetry', 'true'],
      ['--disable-telemetry', 'false']
    ] as const) {
      expect(await dlt([flag, 'pipeline', 'list'])).toMatchObject({ code: 0 })
      for (const path of files)
        expect(home.files().get(path)).toBe(
          own.replace('[runtime]\n', `[runtime]\ndlthub_telemetry = ${value}\n`)
        )
    }
    await isOff()
  })

  it('says which file could not be changed, and ends with 1', async () => {
    mkdirSync(join(home.project, '.dlt'))
    writeFileSync(join(home.project, '.dlt', 'config.toml'), 'this is [ no TOML\n')
    const { err, code } = await dlt(['--disable-telemetry', 'pipeline', 'list'])
    expect(code).toBe(1)
    expect(err).toContain(join('.dlt', 'config.toml could not be changed'))
    await isOff()
  })

  it.each([
    ['the project’s', 'project/.dlt'],
    ['the user’s', '.dlt']
  ])(
    'hears `dlthub_telemetry=false` in %s config.toml, whatever else says on',
    async (_whose, folder) => {
      mkdirSync(join(home.home, folder))
      writeFileSync(join(home.home, folder, 'config.toml'), '[runtime]\ndlthub_telemetry=false\n')
      const { out } = await dlt(['telemetry', '--format', 'json'], consented)
      expect(JSON.parse(out)).toMatchObject({ state: 'off' })
    }
  )

  it('shows its status with `dlt telemetry`, and in CI says which yes is missing', async () => {
    const { out } = await dlt(['telemetry'], { CI: 'true', GITHUB_ACTIONS: 'true' })
    expect(out).toMatch(/^Telemetry is undecided\.\nIt would take: .*DLT_TELEMETRY=on/)
  })

  it('says where it ran, once somebody said yes there: CI, Airflow, Kubernetes', async () => {
    const places = {
      github_actions: { CI: 'true', GITHUB_ACTIONS: 'true' },
      airflow: {
        AIRFLOW_HOME: '/opt/airflow',
        AIRFLOW_CTX_DAG_ID: 'daily',
        AIRFLOW_CTX_TASK_ID: 'load'
      },
      kubernetes: { KUBERNETES_SERVICE_HOST: '10.0.0.1' }
    }
    // Each in a home of its own, as such runs have: what is not sent while it runs is gone with it.
    let found: readonly Readonly<Record<string, unknown>>[] = []
    for (const [place, variables] of Object.entries(places)) {
      const own = exampleHome()
      writeFileSync(join(own.project, 'rows.json'), rows)
      const environment = {
        RUNTIME__DLTHUB_TELEMETRY_ENDPOINT: server.url,
        ...consented,
        ...variables
      }
      const run = startExample({
        example: 'dlt-pipeline',
        words: ['run', 'rows.json', '--every', '600'],
        home: own,
        environment
      })
      try {
        found = await eventually(
          () =>
            query(
              server,
              'SELECT DISTINCT arrayJoin(exec_info) AS place FROM dlt WHERE name = ' +
                "'pipeline_extract'"
            ),
          (all) => all.some((row) => row['place'] === place)
        )
      } finally {
        run.kill('SIGKILL')
        await new Promise((resolve) => run.once('close', resolve))
        own.remove()
      }
    }
    expect(found.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['github_actions', 'airflow', 'kubernetes'])
    )
    const classes = await query(
      server,
      "SELECT DISTINCT class, automation FROM dlt WHERE name = 'pipeline_extract' AND " +
        "automation = 'ci'"
    )
    expect(classes).toEqual([{ class: 'batch', automation: 'ci' }])
  })

  it('previews what waits without a network', async () => {
    await dlt(['init', 'chess', 'duckdb'], {
      ...consented,
      RUNTIME__DLTHUB_TELEMETRY_ENDPOINT: 'http://127.0.0.1:9'
    })
    const preview = JSON.parse(
      (
        await dlt(['telemetry', 'preview', '--format', 'json'], {
          ...consented,
          DLT_TELEMETRY: 'local'
        })
      ).out
    )
    expect(preview.bodies).toHaveLength(1)
    expect(preview.bodies[0]).toContain('"command_init"')
  })
})
