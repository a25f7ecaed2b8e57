/** The collector as it is started for years: in this process, since its clock is moved. */
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, startApp } from '../../../server/src/app/start.ts'
import { readConfig } from '../../../server/src/config/config.ts'
import { createLog } from '../../../server/src/log.ts'
import { eventually, runCandor } from '../world/candor-server.ts'
import { MovedClock } from './moved-clock.ts'

export type Row = Readonly<Record<string, unknown>>
export interface Answer {
  readonly rows: readonly Row[]
  readonly notes: readonly string[]
  readonly partial?: readonly { readonly period: string }[]
}

const token = 'the-years-of-one-operator'
/** How long these jobs sleep: who sleeps again has done its work. */
const importsMs = 15_000
const retentionMs = 6 * 3_600_000

export class Collector {
  readonly clock: MovedClock
  readonly folder = mkdtempSync(join(tmpdir(), 'candor-years-'))
  #app: App | undefined

  constructor(startsAt: number) {
    this.clock = new MovedClock(startsAt)
    mkdirSync(join(this.folder, 'loom'))
    const contract = join(import.meta.dirname, 'contract.yaml')
    copyFileSync(contract, join(this.folder, 'loom', 'contract.yaml'))
  }

  get data(): string {
    return join(this.folder, 'data')
  }

  async start(): Promise<void> {
    const config = readConfig({
      flags: { data: 'data', port: 0, 'admin-port': 0, products: 'loom' },
      environment: { CANDOR_TOKEN: token },
      file: undefined,
      folder: this.folder
    })
    this.#app = await startApp({ config, effects: this.clock.effects(), log: createLog('error') })
    await this.#app.isEmpty()
  }

  async stop(): Promise<void> {
    await this.#app?.close()
    this.#app = undefined
  }

  untilLoaded(): Promise<void> {
    return this.#running().untilLoaded()
  }

  /** Everything is in the store, what an import brought is counted, and what is old expired. */
  async settle(): Promise<void> {
    await this.untilLoaded()
    // Its last look may have begun before everything was there.
    await this.#afterIts(importsMs)
    await this.#afterIts(importsMs)
    await this.#afterIts(retentionMs)
  }

  /** Until the job that sleeps so long has run once more. */
  async #afterIts(sleepMs: number): Promise<void> {
    const before = this.clock.slept(sleepMs)
    this.clock.moveTo(this.clock.now() + sleepMs)
    const after = await eventually(
      () => Promise.resolve(this.clock.slept(sleepMs)),
      (slept) => slept > before,
      120
    )
    if (after === before) throw new Error(`no job that sleeps for ${sleepMs} ms has run`)
  }

  async report(reports: readonly object[]): Promise<void> {
    const { ingest } = this.#running().urls
    const answers = await Promise.all(
      reports.map(async (report) => {
        const response = await fetch(`${ingest}/v1/reports`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'candor-sent-at': new Date(this.clock.now()).toISOString()
          },
          body: JSON.stringify(report)
        })
        return (await response.json()) as { readonly dropped?: readonly object[] }
      })
    )
    for (const answer of answers)
      if (answer.dropped?.length !== 0) throw new Error(JSON.stringify(answer))
  }

  async ask(question: string, asked: Readonly<Record<string, string>>): Promise<Answer> {
    const query = new URLSearchParams({ product: 'loom', ...asked })
    const response = await fetch(
      `${this.#running().urls.admin}/api/v1/questions/${question}?${query}`,
      { headers: { authorization: `Bearer ${token}` } }
    )
    if (!response.ok) throw new Error(`${question}: ${await response.text()}`)
    return (await response.json()) as Answer
  }

  async candor(...parameters: readonly string[]): Promise<string> {
    const { code, out, error } = await runCandor(this, parameters)
    if (code !== 0) throw new Error(`candor ${parameters.join(' ')}: ${error}`)
    return out
  }

  #running(): App {
    if (this.#app === undefined) throw new Error('it is not running')
    return this.#app
  }
}
