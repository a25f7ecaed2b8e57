/**
 * Clients that others made, as their registries have them, against a real collector: what is sent
 * is kept, nothing drifts, and the answer is one that they take. CLIENTS=all tries every client in
 * every release that is listed, CLIENTS=newest what is newest today.
 */
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acmeFolder, type AcmeFolder } from '../journey/world/acme.ts'
import {
  ask,
  eventually,
  query,
  startServer,
  untilStoreIs,
  type RunningServer
} from '../journey/world/candor-server.ts'
import { clients, installedBy, programOf, type Client } from './clients.ts'
import { newestOf, requirementsOf } from './registries.ts'
import { installClient, runProgram } from './run-client.ts'

const which = process.env['CLIENTS'] ?? 'always'

const newest = 'newest'

/** A registry is asked for its newest when it is that client's turn: it may know none. */
function triesOf({ versions }: Client): readonly string[] {
  if (which === newest) return [newest]
  return which === 'all' ? versions : versions.slice(0, 1)
}

const tried = clients.filter(({ always }) => always || which !== 'always')
const tries = tried.flatMap((client) =>
  triesOf(client).map((version) => ({ client, version, name: client.name }))
)

describe('a client from its registry', () => {
  let acme: AcmeFolder
  let server: RunningServer
  beforeAll(async () => {
    acme = await acmeFolder()
    // A gauge has a value, and needs no length.
    acme.edit(
      '      success:',
      '      value: { type: number, min: 0, max: 1000, says: a metric’s value }\n' +
        '      success:'
    )
    server = await startServer({ folder: acme.folder, configuration: 'products: [acme]\n' })
    await untilStoreIs(server, 'ready')
    // On a busy machine the tables take longer than a question waits for them.
    const isAnswered = (): Promise<boolean> =>
      Promise.all([kept('acme'), kept('dlt')]).then(
        () => true,
        () => false
      )
    await eventually(isAnswered, Boolean)
  })
  afterAll(async () => {
    await server?.kill('SIGTERM')
    rmSync(acme.folder, { recursive: true, force: true })
  })

  const kept = async (
    product: Client['product']
  ): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    const sql = `SELECT name, toString(success) AS success, installation FROM ${product}`
    return (await query(server, `${sql} ORDER BY received_at`)).rows
  }

  it.each(tries)(
    '$name $version is counted as often as it reports',
    async ({ client, version: asked }) => {
      const { product, records } = client
      const version = asked === newest ? await newestOf(client) : asked
      if (asked === newest) process.stdout.write(`${client.name}: ${version} is the newest\n`)
      const before = (await kept(product)).length
      const ofGuide = version === client.versions[0] ? installedBy(client) : undefined
      const folder = await installClient(client, ofGuide ?? requirementsOf(client, version))
      const { code, printed } = await runProgram(client, {
        folder,
        program: programOf(client, server.url)
      })
      expect([code, printed.replaceAll(/.*(?:Warning|deprecated).*\n?/gi, '')]).toEqual([0, ''])
      const rows = (
        await eventually(
          () => kept(product),
          (rows) => rows.length >= before + records
        )
      ).slice(before)
      expect(rows).toHaveLength(records)
      for (const row of rows) {
        expect(row['success']).toBe('true')
        expect(row['installation']).toMatch(/./)
      }
      expect((await ask(server, 'drift', product)).rows).toEqual([])
    },
    5 * 60_000
  )

  it('is installed by the guide in the release that is tried first', () => {
    for (const client of clients) {
      const told = installedBy(client)
      const [first = ''] = client.versions
      if (told !== undefined) expect(told[0]).toBe(requirementsOf(client, first)[0])
    }
  })
})
