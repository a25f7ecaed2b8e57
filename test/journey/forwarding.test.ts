/**
 * What is kept is passed on: to recipients that the contract names, as far as each report's own
 * terms go, at least once whatever fails; and so are deletions.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseContract } from '@candor/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acmeFolder } from './world/acme.ts'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import {
  bucketNamed,
  segmentReceiver,
  webhookReceiver,
  type Bucket,
  type SegmentReceiver,
  type WebhookReceiver
} from './world/forward-recipients.ts'

/** Pauses between attempts grow while a recipient fails. */
const patienceMs = 180_000
const seconds = 60

type Row = Readonly<Record<string, unknown>>

const recipients = `recipients:
  - { name: the acme maintainers, where: EU, for: deciding what to build next }
  - { name: Hooked, where: EU, for: counting }
  - { name: Segmented, where: US, for: counting }
  - { name: Warehouse, where: EU, for: keeping }
`

describe('forwarding', () => {
  let server: RunningServer
  let hook: WebhookReceiver
  let segment: SegmentReceiver
  let bucket: Bucket
  const terms: Record<'before' | 'now', string> = { before: '', now: '' }
  const contracts: Record<'before' | 'now', string> = { before: '', now: '' }

  const report = async (
    installation: string,
    {
      accepted = terms.now,
      contract = contracts.now,
      key,
      command = 'build'
    }: {
      readonly accepted?: string | undefined
      readonly contract?: string
      readonly key?: string
      readonly command?: string
    } = {}
  ): Promise<number> => {
    const run = {
      session: randomUUID(),
      version: '1.0.0',
      contract,
      consent: { level: 'basic', ...(accepted !== 'none' && { accepted }) },
      environment: { class: 'batch', os: 'linux' },
      records: [
        {
          seq: 1,
          name: 'command_run',
          at: new Date().toISOString(),
          fields: { command, success: true }
        }
      ]
    }
    const answer = await fetch(`${server.url}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        candor: 1,
        product: 'acme',
        report: randomUUID(),
        sdk: { name: 'candor-ts', version: '0.1.0' },
        installation,
        ...(key !== undefined && { deletion: hashOf(key) }),
        runs: [run]
      })
    })
    return answer.status
  }
  const doctor = async (): Promise<string> => (await runCandor(server, ['doctor'])).out
  const records = (): readonly Row[] => hook.received.records
  const distinct = (rows: readonly Row[]): number => new Set(rows.map(({ id }) => id)).size
  const expectRecords = async (count: number): Promise<void> => {
    const found = await eventually(
      () => Promise.resolve(distinct(records())),
      (now) => now >= count,
      seconds
    )
    expect(found).toBe(count)
  }

  beforeAll(async () => {
    const acme = await acmeFolder()
    const contract = join(acme.folder, 'acme', 'contract.yaml')
    const publish = async (which: 'before' | 'now'): Promise<void> => {
      const { code, error } = await runCandor(
        { folder: acme.folder, data: join(acme.folder, 'data') },
        ['contract', 'publish', 'acme']
      )
      expect([code, error]).toEqual([0, ''])
      const parsed = parseContract(readFileSync(contract, 'utf8'))
      if (parsed.is !== 'contract') throw new Error('the scaffold is no contract')
      terms[which] = parsed.contract.terms
      contracts[which] = parsed.contract.digest
    }
    await publish('before')
    const text = readFileSync(contract, 'utf8')
    acme.edit(text.slice(text.indexOf('recipients:'), text.indexOf('retention:')), recipients)
    await publish('now')
    hook = await webhookReceiver('a secret')
    segment = await segmentReceiver({ writeKey: 'wk', token: 'pat' })
    bucket = await bucketNamed('kept')
    server = await startServer({
      folder: acme.folder,
      files: {
        hook: 'a secret\n',
        wk: 'wk',
        pat: 'pat',
        ak: bucket.accessKey,
        sk: bucket.secretKey
      },
      configuration: `products: [acme]
forward:
  acme:
    - { to: Hooked, webhook: { url: '${hook.url}', secret_file: hook } }
    - to: Segmented
      segment:
        host: '${segment.url}'
        write_key_file: wk
        deletions: { host: '${segment.url}', token_file: pat }
    - to: Warehouse
      s3:
        endpoint: '${bucket.endpoint}'
        bucket: kept
        prefix: candor
        access_key_file: ak
        secret_key_file: sk
    - { to: Somebody else, webhook: { url: '${hook.url}', secret_file: hook } }
`
    })
    await untilStoreIs(server, 'ready')
    await eventually(doctor, (text) => text.includes('forwarding acme to Hooked'))
  })
  afterAll(async () => {
    await removeServer(server)
    await Promise.all([hook.close(), segment.close(), bucket.close()])
  }, patienceMs)

  it(
    'gives each recipient what its terms named it for, and nobody else anything',
    async () => {
      for (const index of [1, 2, 3, 4])
        expect(await report(idOf(index), { key: keyOf(index) })).toBe(200)
      await report(idOf(5), { accepted: terms.before, contract: contracts.before })
      await report(idOf(6), { accepted: 'none' })
      await report(idOf(7), { accepted: `sha256:${'0'.repeat(64)}` })
      await expectRecords(4)
      await eventually(
        () => Promise.resolve(segment.events.length),
        (count) => count >= 4
      )
      const [first] = records()
      expect(first).toMatchObject({
        product: 'acme',
        name: 'command_run',
        terms: terms.now,
        version: '1.0.0',
        environment: { class: 'batch', os: 'linux' },
        fields: { command: 'build', success: true }
      })
      const told = await eventually(
        doctor,
        (text) => /Hooked: .*no-terms.*unknown.*not-named/.test(text),
        seconds
      )
      expect(told).toMatch(/Hooked: 4 records/)
      expect(told).toMatch(/stayed here: 1 no-terms, 1 unknown-terms, 1 not-named/)
      expect(told).toContain('FORWARD_UNDECLARED')
      expect(readFileSync(join(server.data, 'audit.ndjson'), 'utf8')).toContain('forward-begin')
    },
    patienceMs
  )

  it(
    'calls nobody by a name that another recipient, or the collector, has for them',
    async () => {
      const { rows } = await query(server, 'SELECT installation, session, deletion FROM acme')
      const kept = rows.flatMap((row) => Object.values(row)).filter((value) => value !== null)
      const [hooked, segmented] = [JSON.stringify(records()), JSON.stringify(segment.events)]
      for (const token of kept) {
        expect(hooked).not.toContain(String(token))
        expect(segmented).not.toContain(String(token))
      }
      for (const { id, installation, session, deletion } of records())
        for (const own of [id, installation, session, deletion])
          expect(segmented).not.toContain(String(own))
      expect(new Set(records().map(({ installation }) => installation)).size).toBe(4)
      expect(new Set(segment.events.map(({ userId }) => userId)).size).toBe(4)
    },
    patienceMs
  )

  it(
    'comes once more after a recipient failed',
    async () => {
      hook.answer = 500
      await report(idOf(8))
      await eventually(
        () => Promise.resolve(hook.answered.includes(500)),
        (was) => was,
        seconds
      )
      hook.answer = 410
      expect(await doctor()).toMatch(/Hooked: webhook answers \d+.*waits in the store/)
      await eventually(doctor, (text) => text.includes('answers 410'), seconds)
      hook.answer = 200
      await expectRecords(5)
      expect(segment.events.length).toBeGreaterThanOrEqual(5)
    },
    patienceMs
  )

  it(
    'passes over what is refused alone, and loses nothing when killed',
    async () => {
      hook.answer = 400
      await report(idOf(9))
      await eventually(doctor, (text) => /1 batches with 1 records/.test(text), seconds)
      hook.answer = 503
      for (let index = 20; index < 40; index++) await report(idOf(index), { key: keyOf(index) })
      await eventually(
        () => Promise.resolve(hook.answered.at(-1)),
        (status) => status === 503,
        seconds
      )
      hook.answer = 200
      await server.kill('SIGKILL')
      server = await startServer({ folder: server.folder, port: server.port })
      await untilStoreIs(server, 'ready')
      await expectRecords(25)
      // The one that the webhook refused as well.
      expect(
        await eventually(
          () => Promise.resolve(new Set(segment.events.map(({ messageId }) => messageId)).size),
          (count) => count >= 26,
          seconds
        )
      ).toBe(26)
    },
    patienceMs
  )

  it(
    'tells each of a deletion, by the name that it was given, and is over then',
    async () => {
      const mine = records().filter(({ deletion }) => deletion !== undefined)
      expect(mine.length).toBeGreaterThan(0)
      const count = distinct(records())
      await fetch(`${server.url}/v1/deletions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ product: 'acme', keys: [keyOf(1)] })
      })
      const words = ['installation', 'delete', idOf(2), '--product', 'acme']
      await runCandor(server, [...words, '--reason', 'deletion', '--yes'])
      const told = await eventually(
        () => Promise.resolve(hook.received.deletions),
        (found) => found.some(({ kind }) => kind === 'deletion'),
        seconds
      )
      const named = told.find(({ kind }) => kind === 'deletion')
      expect(mine.filter(({ deletion }) => deletion === named?.['id'])).toHaveLength(1)
      const users = segment.events.map(({ userId }) => userId)
      const isRegulated = (type: string): boolean =>
        segment.regulations.some(
          ({ regulationType, subjectType, subjectIds }) =>
            regulationType === type &&
            subjectType === 'USER_ID' &&
            subjectIds.some((user) => users.includes(user))
        )
      for (const type of ['SUPPRESS_WITH_DELETE', 'DELETE_ONLY'])
        await eventually(
          () => Promise.resolve(isRegulated(type)),
          (is) => is,
          seconds
        )
      expect(['SUPPRESS_WITH_DELETE', 'DELETE_ONLY'].map(isRegulated)).toEqual([true, true])
      await report(idOf(1), { key: keyOf(1) })
      await report(idOf(50))
      await server.kill('SIGTERM')
      server = await startServer({ folder: server.folder, port: server.port })
      await expectRecords(count + 1)
      expect(records().at(-1)?.['installation']).not.toBe(
        mine.find(({ deletion }) => deletion === named?.['id'])?.['installation']
      )
      const objects = await eventually(
        () => Promise.resolve(linesOf(bucket.objects('candor/acme/deletions'))),
        (found) => found.some(({ kind }) => kind === 'installation'),
        seconds
      )
      expect(objects.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['deletion', 'installation'])
      )
      // All that came before this start; the last one goes with it, or in ten minutes.
      const lines = await eventually(
        () => Promise.resolve(linesOf(bucket.objects('candor/acme/records'))),
        (found) => distinct(found) >= 26,
        seconds
      )
      expect([26, 27]).toContain(distinct(lines))
      for (const row of [...records(), ...lines]) expect(row['terms']).toBe(terms.now)
      const [key] = bucket.objects('candor/acme/records').keys()
      expect(key).toMatch(/records\/day=\d{4}-\d\d-\d\d\/\d+-\d+\.ndjson/)
    },
    patienceMs
  )
})

function idOf(index: number): string {
  return createHash('sha256').update(`installation ${index}`).digest('hex').slice(0, 32)
}

function keyOf(index: number): string {
  return createHash('sha256').update(`key ${index}`).digest('hex')
}

function hashOf(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('hex')}`
}

function linesOf(objects: ReadonlyMap<string, Buffer>): readonly Row[] {
  return [...objects.values()].flatMap((bytes) =>
    bytes
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row)
  )
}
