/**
 * Looks at every product from time to time, and tells whoever the operator named what began and
 * what ended.
 */
import { addDays, dayOf, HOUR_MS } from '#values/days'
import type { Effects, Network } from '../effects.ts'
import type { Log } from '../log.ts'
import type { Instant } from '../record.ts'
import { digestOf, expiringDays, type DigestOptions } from './digest.ts'
import { gatherFacts, type Ask } from './facts.ts'
import { usualThresholds, type Finding, type Thresholds } from './finding.ts'
import { judgeCollector, judgeProduct } from './judge.ts'
import { openLedger, type Ledger, type Letter, type Told } from './ledger.ts'
import { letterText } from './letter-text.ts'
import { sendMail, type MailSettings } from './mail.ts'
import { postWebhook, type WebhookSettings } from './webhook.ts'

export interface AlertSettings {
  /**
   * Where people open the dashboard, without a slash at its end; undefined: letters have no links.
   */
  readonly dashboard: string | undefined
  readonly mail: MailSettings | undefined
  readonly webhooks: readonly WebhookSettings[]
  /** On which day of the week the last seven full days go out: 0 is Sunday; undefined: never. */
  readonly weeksOn: number | undefined
  /** What a product does not say is usual. */
  readonly thresholds: ReadonlyMap<string, Partial<Thresholds>>
}

interface AlertSources {
  readonly products: () => readonly string[]
  readonly ask: Ask
  readonly expiring: (product: string, until: string) => DigestOptions['expiring']
  readonly unused: (product: string) => DigestOptions['unused']
  readonly lastReceivedAt: (product: string) => Promise<Instant | undefined>
  readonly quarantined: () => Promise<number>
  readonly oldestWaitingAt: () => Instant | undefined
}

export interface AlertOptions {
  /** While the demonstration's days pass, nothing that happens on them is told to anybody. */
  readonly isSimulated: () => boolean
  readonly settings: AlertSettings
  readonly sources: AlertSources
  /** In the data folder. */
  readonly path: string
  readonly effects: Pick<Effects, 'clock' | 'files'>
  readonly network: Pick<Network, 'fetch'>
  readonly log: Pick<Log, 'warn'>
}

export interface AlertState {
  /** What is told and not over, newest last. */
  readonly told: readonly Told[]
  readonly lookedAt: Instant | undefined
  /** Recipients that did not take the last letter, with since when one waits. */
  readonly unreachable: ReadonlyMap<string, Instant>
}

export interface Alerts {
  state(): AlertState
  /** One look, and what follows from it. For tests and for the end of a start. */
  look(): Promise<void>
  close(): Promise<void>
}

/** A night's outage is told before breakfast, and a look costs four questions a product. */
const everyMs = 5 * 60_000
const firstMs = 60_000
/** A recipient that was away for three days reads the dashboard. */
const letterMs = 72 * HOUR_MS

export async function startAlerts(options: AlertOptions): Promise<Alerts> {
  const { effects, log } = options
  const ledger = await openLedger(options.path, effects)
  const unreachable = new Map<string, Instant>()
  const closing = new AbortController()
  let lookedAt: Instant | undefined

  const look = async (): Promise<void> => {
    if (options.isSimulated()) return
    const { findings, unknown } = await findingsNow(options)
    const now = effects.clock.now()
    const news = ledger.note(findings, { now, unknown })
    if (news.began.length + news.ended.length > 0)
      ledger.owe(recipients(options.settings).map((to) => ({ to, ...news, since: now })))
    await oweWeeks(ledger, options)
    lookedAt = now
    // Before it is sent: a crash between the two sends it once more, and forgets nothing.
    await ledger.save()
    if (await sendOwed(ledger, options, unreachable)) await ledger.save()
  }
  const turns = (async () => {
    await effects.clock.sleep(firstMs, closing.signal)
    while (!closing.signal.aborted) {
      await look().catch((error: unknown) =>
        log.warn({ cause: wordsOf(error) }, 'alerts could not be evaluated or noted')
      )
      await effects.clock.sleep(everyMs, closing.signal)
    }
  })()

  return {
    state: () => ({ told: ledger.list(), lookedAt, unreachable }),
    look,
    async close() {
      closing.abort()
      await turns
    }
  }
}

/** One product that can't be asked leaves the others as they are, and ends nothing of its own. */
async function findingsNow({ settings, sources, effects, log }: AlertOptions): Promise<{
  readonly findings: readonly Finding[]
  readonly unknown: (told: Told) => boolean
}> {
  const now = effects.clock.now()
  const findings: Finding[] = []
  const notAsked = new Set<string | undefined>()
  for (const product of sources.products()) {
    const thresholds = { ...usualThresholds, ...settings.thresholds.get(product) }
    try {
      const { ask, lastReceivedAt } = sources
      const facts = await gatherFacts(product, { ask, now, lastReceivedAt })
      findings.push(...judgeProduct(facts, { now, thresholds }))
    } catch (error) {
      notAsked.add(product)
      log.warn({ product, cause: wordsOf(error) }, 'alerts could not look at a product')
    }
  }
  try {
    const state = {
      quarantined: await sources.quarantined(),
      oldestWaitingAt: sources.oldestWaitingAt()
    }
    findings.push(...judgeCollector(state, { now, thresholds: usualThresholds }))
  } catch {
    notAsked.add(undefined)
  }
  return { findings, unknown: ({ product }) => notAsked.has(product) }
}

/** Once on its day, from six in the morning (UTC) on: yesterday's late records are in by then. */
async function oweWeeks(ledger: Ledger, options: AlertOptions): Promise<void> {
  const { settings, sources, effects } = options
  const now = effects.clock.now()
  const today = dayOf(now)
  const date = new Date(now)
  const isDue = date.getUTCDay() === settings.weeksOn && date.getUTCHours() >= 6
  if (!isDue || ledger.weeksOn() === today) return
  const weeks: string[] = []
  for (const product of sources.products()) {
    const { ask } = sources
    const { dashboard } = settings
    const expiring = sources.expiring(product, addDays(today, expiringDays))
    const unused = sources.unused(product)
    const lines = await digestOf({ product, ask, now, expiring, unused, dashboard })
    weeks.push(lines.join('\n'))
  }
  ledger.owe(recipients(settings).map((to) => ({ to, began: [], ended: [], weeks, since: now })))
  ledger.noteWeeks(today)
}

function recipients({ mail, webhooks }: AlertSettings): readonly string[] {
  return [...(mail === undefined ? [] : ['mail']), ...webhooks.map(({ name }) => name)]
}

/**
 * In order for each recipient: where one letter fails, its later ones wait. True: some were
 * settled.
 */
async function sendOwed(
  ledger: Ledger,
  options: AlertOptions,
  unreachable: Map<string, Instant>
): Promise<boolean> {
  const known = recipients(options.settings)
  const failed = new Set<string>()
  let isAnySettled = false
  for (const letter of ledger.letters()) {
    const isStale = options.effects.clock.now() - letter.since > letterMs
    if (failed.has(letter.to)) continue
    try {
      if (known.includes(letter.to) && !isStale) await send(letter, options)
      ledger.settle(letter)
      isAnySettled = true
      unreachable.delete(letter.to)
    } catch (error) {
      failed.add(letter.to)
      unreachable.set(letter.to, letter.since)
      options.log.warn({ to: letter.to, cause: wordsOf(error) }, 'an alert was not taken')
    }
  }
  return isAnySettled
}

async function send(letter: Letter, { settings, network, effects }: AlertOptions): Promise<void> {
  const text = letterText(letter, settings.dashboard)
  if (letter.to === 'mail') {
    if (settings.mail !== undefined) await sendMail(settings.mail, text)
    return
  }
  const webhook = settings.webhooks.find(({ name }) => name === letter.to)
  if (webhook !== undefined)
    await postWebhook(webhook, letter, { text, network, now: effects.clock.now() })
}

/** Of the way to a recipient: a host's or a system's words, cut. */
function wordsOf(error: unknown): string {
  return (
    (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]?.slice(0, 200) ?? ''
  )
}
