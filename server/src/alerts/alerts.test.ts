/** Does what begins and ends reach people, over a real mail server and a real webhook, once? */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AnswerTable } from '../analytics/asking/question.ts'
import { systemEffects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { signature } from '../protocols/webhook-signature.ts'
import { startAlerts, type AlertOptions, type Alerts } from './alerts.ts'
import type { Ask } from './facts.ts'

const DAY_MS = 86_400_000
let now = Date.parse('2026-11-30T06:00:00Z')
let folder = ''
let closes: (() => Promise<unknown> | void)[] = []

beforeEach(async () => {
  now = Date.parse('2026-11-30T06:00:00Z')
  folder = await mkdtemp(join(tmpdir(), 'candor-alerts-'))
  closes = [() => rm(folder, { recursive: true, force: true })]
})

afterEach(async () => {
  for (const close of closes.toReversed()) await close()
})

/** What products would answer; a test turns it. */
interface World {
  yesterday: number
  isAway: boolean
  drift: readonly string[]
  isSimulated?: boolean
}

function asker(world: World): Ask {
  return (_product, question): Promise<AnswerTable> => {
    if (world.isAway) throw new CandorError('STORAGE_UNAVAILABLE', 'away')
    if (question === 'failures') throw new CandorError('PARAMETER_INVALID', 'no such field')
    const rows =
      question === 'events'
        ? Array.from({ length: 15 }, (_, index) => ({
            day: new Date(now - (15 - index) * DAY_MS).toISOString().slice(0, 10),
            name: 'run',
            records: index === 14 ? world.yesterday : 1000
          }))
        : question === 'drift'
          ? world.drift.map((name) => ({ reason: 'FIELD_NOT_IN_CONTRACT', record: 'run', name }))
          : []
    return Promise.resolve({ question, parameters: {}, columns: [], rows, notes: [] })
  }
}

async function start(
  world: World,
  settings: Partial<AlertOptions['settings']>
): Promise<Alerts & { readonly warnings: unknown[] }> {
  const warnings: unknown[] = []
  const alerts = await startAlerts({
    settings: {
      dashboard: 'https://telemetry.example.com',
      mail: undefined,
      webhooks: [],
      weeksOn: undefined,
      thresholds: new Map(),
      ...settings
    },
    sources: {
      products: () => ['acme'],
      ask: asker(world),
      expiring: () => [],
      unused: () => [],
      lastReceivedAt: () => Promise.resolve(now),
      quarantined: () => Promise.resolve(0),
      oldestWaitingAt: () => undefined
    },
    isSimulated: () => world.isSimulated === true,
    path: join(folder, 'alerts.json'),
    effects: {
      files: systemEffects.files,
      // Its own turns never come: the test looks when it wants to.
      clock: {
        now: () => now,
        after: () => () => undefined,
        sleep: (_ms, signal) =>
          new Promise((resolve) => signal?.addEventListener('abort', () => resolve()))
      }
    },
    network: { fetch: globalThis.fetch },
    log: { warn: (...words: unknown[]) => void warnings.push(words) }
  })
  closes.push(() => alerts.close())
  return Object.assign(alerts, { warnings })
}

interface Mailbox {
  readonly smtp: string
  readonly mails: string[]
}

async function mailbox(): Promise<Mailbox> {
  const mails: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        // Quoted-printable folds lines with a `=` at their end.
        const mail = Buffer.concat(chunks).toString()
        mails.push(mail.replaceAll('=\r\n', '').replaceAll('=3D', '='))
        done()
      })
    }
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  closes.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return { smtp: `smtp://127.0.0.1:${port}`, mails }
}

interface Hook {
  readonly url: string
  readonly posts: { readonly headers: IncomingHttpHeaders; readonly body: string }[]
  status: number
}

async function hook(): Promise<Hook> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (held.status < 300)
        held.posts.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(held.status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  closes.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const held: Hook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posts: [],
    status: 204
  }
  return held
}

describe('alerts', () => {
  it('come by mail when something begins and when it ends, once each, with a link', async () => {
    const { smtp, mails } = await mailbox()
    const world: World = { yesterday: 500, isAway: false, drift: [] }
    const mail = {
      smtp,
      user: undefined,
      password: undefined,
      from: 'candor@example.com',
      to: ['team@example.com']
    }
    const alerts = await start(world, { mail })
    await alerts.look()
    await alerts.look()
    expect(mails).toHaveLength(1)
    expect(mails[0]).toContain('Auto-Submitted: auto-generated')
    expect(mails[0]).toContain('50 %')
    expect(mails[0]).toContain('https://telemetry.example.com/overview?product=acme')
    world.yesterday = 1000
    await alerts.look()
    expect(mails).toHaveLength(2)
    expect(mails[1]).toContain('over')
    expect(alerts.state().told).toEqual([])
  })

  it('tell nothing of days that a demonstration lets pass', async () => {
    const { url, posts } = await hook()
    const world: World = { yesterday: 1, isAway: false, drift: [], isSimulated: true }
    const webhooks = [{ name: 'own', url, form: 'candor' as const, secret: undefined }]
    const alerts = await start(world, { webhooks, weeksOn: 1 })
    await alerts.look()
    expect(posts).toEqual([])
    world.isSimulated = false
    await alerts.look()
    expect(posts.length).toBeGreaterThan(0)
  })

  it('are signed, so that a receiver can tell who sent them, and speak to Slack without calling anybody', async () => {
    const [own, slack] = [await hook(), await hook()]
    const world: World = { yesterday: 500, isAway: false, drift: [] }
    const alerts = await start(world, {
      webhooks: [
        { name: 'own', url: own.url, form: 'candor', secret: 'a secret of ours' },
        { name: 'slack', url: slack.url, form: 'slack', secret: undefined }
      ]
    })
    await alerts.look()
    world.drift = ['<!channel>']
    await alerts.look()
    const [first] = own.posts
    expect(first?.headers['candor-signature']).toBe(
      signature(first?.body ?? '', { secret: 'a secret of ours', now })
    )
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      candor: 1,
      began: [{ rule: 'records-fall', product: 'acme' }],
      ended: []
    })
    expect(slack.posts).toHaveLength(2)
    expect(slack.posts[1]?.body).toContain('&lt;!channel&gt;')
    expect(slack.posts[1]?.body).not.toContain('<!channel>')
  })

  it('wait for a recipient that is away, also over a restart, and go to the others meanwhile', async () => {
    const [away, well] = [await hook(), await hook()]
    away.status = 503
    const world: World = { yesterday: 500, isAway: false, drift: [] }
    const webhooks = [
      { name: 'away', url: away.url, form: 'candor', secret: undefined },
      { name: 'well', url: well.url, form: 'candor', secret: undefined }
    ] as const
    const first = await start(world, { webhooks })
    await first.look()
    expect([...first.state().unreachable.keys()]).toEqual(['away'])
    await first.close()

    away.status = 200
    const second = await start(world, { webhooks })
    await second.look()
    expect(away.posts).toHaveLength(1)
    expect(well.posts).toHaveLength(1)
    expect(second.state().unreachable.size).toBe(0)
  })

  it('say nothing of names that drifted before anybody asked for alerts, and each later one once', async () => {
    const { url, posts } = await hook()
    const target = { url, posts }
    const world: World = { yesterday: 500, isAway: false, drift: ['old_name'] }
    const alerts = await start(world, {
      webhooks: [{ name: 'own', url: target.url, form: 'candor', secret: undefined }]
    })
    await alerts.look()
    expect(target.posts[0]?.body).not.toContain('old_name')
    world.drift = ['old_name', 'new_name']
    await alerts.look()
    now += 3_600_000
    await alerts.look()
    expect(target.posts).toHaveLength(2)
    expect(target.posts[1]?.body).toContain('new_name')
  })

  it('end nothing while the store is away', async () => {
    const { url, posts } = await hook()
    const world: World = { yesterday: 500, isAway: false, drift: [] }
    const alerts = await start(world, {
      webhooks: [{ name: 'own', url, form: 'candor', secret: undefined }]
    })
    await alerts.look()
    world.isAway = true
    await alerts.look()
    world.isAway = false
    await alerts.look()
    expect(posts).toHaveLength(1)
    expect(alerts.state().told).toHaveLength(1)
  })

  it('send the last full week on its day, once, also over a restart', async () => {
    const { url, posts } = await hook()
    const world: World = { yesterday: 1000, isAway: false, drift: [] }
    const settings = {
      weeksOn: 1,
      webhooks: [{ name: 'own', url, form: 'matrix', secret: undefined }]
    } as const
    now = Date.parse('2026-11-30T05:59:00Z')
    const first = await start(world, settings)
    await first.look()
    expect(posts).toEqual([])
    now += 120_000
    await first.look()
    await first.look()
    await first.close()
    await (await start(world, settings)).look()
    expect(posts).toHaveLength(1)
    expect(posts[0]?.body).toContain('acme, 2026-11-23 to 2026-11-29')
  })

  it('never send a password to a mail server that offers no encryption', async () => {
    const { smtp, mails } = await mailbox()
    const world: World = { yesterday: 500, isAway: false, drift: [] }
    const mail = {
      smtp,
      user: 'me',
      password: 'pass',
      from: 'a@example.com',
      to: ['b@example.com']
    }
    const alerts = await start(world, { mail })
    await alerts.look()
    expect(mails).toEqual([])
    expect(alerts.warnings).toHaveLength(1)
    expect(JSON.stringify(alerts.warnings)).not.toContain('pass"')
  })
})
