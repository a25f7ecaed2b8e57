/**
 * A maintainer asks a running collector whom its records single out, and what it saw and did not
 * keep.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acmeFolder, type AcmeFolder } from './world/acme.ts'
import {
  eventually,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

const installations = 30

describe('with real records', () => {
  let acme: AcmeFolder
  let server: RunningServer
  const collector = (): string => `${server.adminUrl}#acme`

  beforeAll(async () => {
    acme = await acmeFolder()
    server = await startServer({ folder: acme.folder, configuration: 'products: [acme]\n' })
    const batch = Array.from({ length: installations }, (_, index) => ({
      type: 'track',
      anonymousId: `installation-${index}`,
      event: 'command_run',
      // One alone deploys; each took a time of its own, to three digits.
      properties: {
        command: index === 0 ? 'deploy' : 'build',
        success: true,
        elapsed: 1 + index / 100,
        retries: index % 3
      }
    }))
    const answer = await fetch(`${server.url}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('acme:').toString('base64')}` },
      body: JSON.stringify({ batch })
    })
    expect(answer.status).toBe(200)
  })
  afterAll(() => removeServer(server))

  interface Told {
    readonly records: readonly {
      readonly installations: number
      readonly fields: readonly {
        readonly name: string
        readonly counted: { readonly values: number; readonly alone: number }
      }[]
      readonly suggestions: readonly {
        readonly field: string
        readonly after?: { readonly alone: number }
      }[]
    }[]
    readonly against?: { readonly changes: readonly { readonly field?: string }[] }
  }
  const risk = async (...words: readonly string[]): Promise<Told> => {
    const { out, error } = await runCandor(server, [
      'contract',
      'risk',
      '--format',
      'json',
      ...words
    ])
    expect(error).toBe('')
    return JSON.parse(out) as Told
  }

  it('the collector counts whom its records single out, and shows none of their values', async () => {
    const told = await eventually(
      () => risk(collector()),
      ({ records }) => records[0]?.installations === installations
    )
    const fields = new Map(told.records[0]?.fields.map(({ name, counted }) => [name, counted]))
    expect(fields.get('command')).toMatchObject({ values: 2, alone: 1 })
    expect(fields.get('success')).toMatchObject({ values: 1, alone: 0 })
    expect(fields.get('elapsed')).toMatchObject({ values: installations, alone: installations })
    expect(
      told.records[0]?.suggestions.find(({ field }) => field === 'elapsed')?.after?.alone
    ).toBeLessThan(3)
    expect(JSON.stringify(told)).not.toMatch(/deploy|installation-/)
  })

  it('a proposed rounding is tried on them', async () => {
    acme.edit('round: 3 digits', 'round: 1 digit')
    const told = await risk('acme', '--url', collector(), '--against', collector())
    expect(told.records[0]?.fields.find(({ name }) => name === 'elapsed')?.counted).toMatchObject({
      values: 1,
      alone: 0
    })
    expect(told.against?.changes.map(({ field }) => field)).toContain('elapsed')
    acme.edit('round: 1 digit', 'round: 3 digits')
  })

  it('what it did not keep becomes a proposed contract that the check passes', async () => {
    const proposed = await eventually(
      () => runCandor(server, ['contract', 'infer', '--drift', 'acme']),
      ({ out }) => out.includes('retries')
    )
    expect(proposed.out).toMatch(
      /# review: came 30 times from 30 installations\n +retries: \{ type: number/
    )
    await runCandor(server, ['contract', 'infer', '--drift', 'acme', '--out', 'next.yaml'])
    expect(readFileSync(join(acme.folder, 'next.yaml'), 'utf8')).toBe(proposed.out)
    expect(await runCandor(server, ['contract', 'check', 'next.yaml'])).toMatchObject({ code: 0 })
  })
})
