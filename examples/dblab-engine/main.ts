/**
 * A service that lives DBLab Engine's telemetry life with our SDK: its events, its id file, its
 * switch in server.yml that a reload obeys.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { availableParallelism, totalmem } from 'node:os'
import { argv } from 'node:process'
import { unlisted } from '@candor/sdk'
import { telemetryCommand } from '@candor/sdk/command'
import { createEngine, type Clone } from './engine.ts'
import { readSettings, type EngineSettings } from './settings.ts'
import { createTelemetry } from './telemetry.ts'

const version = '4.2.0'
const [path = 'server.yml', verb, ...words] = argv.slice(2)
const log = (line: string): void =>
  void process.stdout.write(`${new Date().toISOString()} ${line}\n`)
let settings = readSettings(path)
const began = Date.now()

const telemetry = createTelemetry({
  version,
  runs: 'service',
  // Engines keep their id there, and keep it when they are upgraded to this program.
  folder: settings.folder,
  idFile: 'meta/instance_id',
  feedKeys: settings.feedKeys,
  log
})
obey(settings)

const engine = createEngine(Date.now)
if (verb === 'telemetry') {
  process.exitCode = await telemetryCommand(telemetry.controls, words, {
    name: 'dblab-engine server.yml telemetry',
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text)
  })
  await telemetry.close()
} else await serve()

/** Off is obeyed before anything else of a reload can fail. */
function obey({ telemetry: keys, platformUrl }: EngineSettings): void {
  telemetry.controls.configure({
    keys,
    ...(platformUrl === undefined ? {} : { endpoint: platformUrl })
  })
  void tellWarnings()
}

async function tellWarnings(): Promise<void> {
  const { warnings } = await telemetry.controls.status()
  for (const warning of warnings) log(`telemetry: ${warning}`)
}

function reload(): string {
  try {
    const next = readSettings(path)
    obey(next)
    settings = next
    telemetry.record('config_updated', {})
    return 'configuration reloaded'
  } catch (error) {
    // What can't be read may have been meant to say no.
    telemetry.controls.configure({ enabled: false })
    return (
      "the configuration can't be read, so telemetry is off and the rest stays as it was: " +
      `${error instanceof Error ? error.message : String(error)}`
    )
  }
}

/**
 * `POST /clone`, `POST /clone/<id>/reset`, `DELETE /clone/<id>`, `POST /snapshot`, `POST /branch`,
 * `POST /refresh`, `POST /config/reload`, `GET /status`, `GET /telemetry`, `GET
 * /telemetry/preview`.
 */
async function answer(
  method: string,
  url: string
): Promise<{ readonly status: number; readonly body: unknown }> {
  const [, kind, id, act] = url.split('/')
  const told = (clone: Clone | undefined): { status: number; body: unknown } =>
    clone === undefined
      ? { status: 404, body: { message: 'clone not found' } }
      : { status: 200, body: clone }
  switch (`${method} ${kind}${act === undefined ? '' : `/${act}`}`) {
    case 'GET status':
      return {
        status: 200,
        body: {
          engine: { version, telemetry: (await telemetry.controls.status()).state },
          clones: engine.clones.size
        }
      }
    case 'GET telemetry':
      return {
        status: 200,
        body:
          id === 'preview' ? await telemetry.controls.preview() : await telemetry.controls.status()
      }
    case 'POST clone': {
      const clone = engine.makeClone(id)
      telemetry.record('clone_created', { id: clone.id, cloning_time: clone.cloningTime })
      return told(clone)
    }
    case 'POST clone/reset': {
      const clone = engine.resetClone(id ?? '')
      if (clone !== undefined)
        telemetry.record('clone_reset', { id: clone.id, cloning_time: clone.cloningTime })
      return told(clone)
    }
    case 'DELETE clone': {
      const clone = engine.removeClone(id ?? '')
      if (clone !== undefined) telemetry.record('clone_destroyed', { id: clone.id })
      return told(clone)
    }
    case 'POST snapshot':
      telemetry.record('snapshot_created', {})
      return { status: 200, body: { id: engine.makeSnapshot() } }
    case 'POST branch':
      // Its name stays here: no contract has a place for it.
      telemetry.record('branch_created', {})
      return { status: 200, body: { name: id } }
    case 'POST refresh': {
      const result = engine.refresh()
      if (result.is === 'skipped') {
        log(result.message)
        telemetry.record('alert', {
          alert_level: 'refresh_skipped',
          message: unlisted(result.message)
        })
      }
      return { status: 200, body: result }
    }
    case 'POST config':
    case 'POST config/reload': {
      const says = reload()
      log(says)
      return { status: 200, body: { message: says } }
    }
    default:
      return { status: 404, body: { message: 'not found' } }
  }
}

async function serve(): Promise<void> {
  telemetry.record('engine_started', {
    engine_version: version,
    db_engine: 'postgres',
    db_version: settings.databaseVersion,
    pools: {
      fs_type: unlisted(settings.pool.type),
      number: 1,
      total_size: settings.pool.size,
      total_used: settings.pool.used
    },
    restore: {
      mode: unlisted(settings.retrieval.mode),
      refreshing: unlisted(settings.retrieval.refresh),
      jobs: settings.retrieval.jobs.map(unlisted)
    },
    system: { cpu: availableParallelism(), total_memory: totalmem(), data_used: settings.pool.used }
  })

  const server = createServer((request: IncomingMessage, response) => {
    void answer(request.method ?? '', request.url ?? '').then(({ status, body }) =>
      response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(`${JSON.stringify(body)}\n`)
    )
  })
  server.listen(settings.port, '127.0.0.1', () => {
    const address = server.address()
    log(
      `DBLab Engine ${version} listens on ` +
        `http://127.0.0.1:${typeof address === 'object' ? address?.port : settings.port}`
    )
  })

  process.on('SIGHUP', () => log(reload()))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      telemetry.record('engine_stopped', { uptime: (Date.now() - began) / 1000 }, { durable: true })
      void telemetry.close().then(() => server.close())
      server.closeAllConnections()
    })
  }

  // Works with telemetry off as well: a list that is the same for everybody, compared here.
  const { says, advisories } = await telemetry.controls.versions()
  log(`versions: ${says}`)
  for (const { severity, id, title } of advisories) log(`advisory ${id} (${severity}): ${title}`)
}
