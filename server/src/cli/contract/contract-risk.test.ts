import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseContract, publicationOf, type Contract } from '@candor/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemNetwork, type Network } from '../../effects.ts'
import { runProgram, testTerminal } from '../program.test-support.ts'

const before = `candor: 1
product: window
title: Window
purpose: Which windows are opened.
recipients: [{ name: Window e.V., where: Germany, for: making better windows }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-out }
identity: { kind: persistent, says: a random id }
environment: [os]
events:
  opened:
    when: It was opened.
    fields:
      pane: { type: enum, values: [glass, wood] }
      at: { type: timestamp }
      key: { type: uuid, links: the openings of one day }
controls: [{ variable: WINDOW_TELEMETRY, off: "0" }]
`
const after = before
  .replace('type: timestamp', 'type: timestamp, round: day')
  .replace('      key:', '      width: { type: integer, unit: cm, min: 0, max: 900 }\n      key:')

describe('contract risk', () => {
  let folder: string
  let printed: string
  let asked: {
    readonly url: string
    readonly body: Record<string, unknown>
    readonly authorization: string | null
  }[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-risk-'))
    printed = ''
    asked = []
    writeFileSync(join(folder, 'old.yaml'), before)
    writeFileSync(join(folder, 'contract.yaml'), after)
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
    process.exitCode = undefined
  })

  /** Its exit code. */
  async function risk(words: readonly string[], network: Network = systemNetwork): Promise<number> {
    printed = ''
    const out = (text: string): void => void (printed += text)
    return runProgram(
      testTerminal({
        network,
        environment: { CANDOR_TOKEN: 'a-token-of-a-collector' },
        folder,
        out,
        error: out
      }),
      ['contract', 'risk', ...words]
    )
  }

  /**
   * A collector that accepts the contract, and of which every group of columns singles out three of
   * a hundred.
   */
  function collector(text: string): Network {
    const contract = contractOf(text)
    const publication = publicationOf({ contract, existing: new Map() })
    if (publication.is !== 'new') throw new Error('it is published already')
    return {
      ...systemNetwork,
      fetch: (input, init) => {
        const url = String(input instanceof Request ? input.url : input)
        if (url.endsWith('/.well-known/telemetry.json'))
          return Promise.resolve(
            Response.json({ products: [{ product: 'window', contract: contract.digest }] })
          )
        if (url.endsWith('.json')) return Promise.resolve(new Response(publication.text))
        const body = JSON.parse(String(init?.body)) as { readonly groups: readonly unknown[] }
        asked.push({ url, body, authorization: new Headers(init?.headers).get('authorization') })
        return Promise.resolve(
          Response.json({
            counted: body.groups.map(() => ({
              installations: 100,
              values: 50,
              alone: 3,
              few: 20,
              bits: 5
            })),
            until: '2026-11-20T12:00:00.000Z'
          })
        )
      }
    }
  }

  it('counts on a generated fleet, the same each time, and says what that cannot tell', async () => {
    expect(await risk([])).toBe(0)
    const first = printed
    expect(first).toContain(
      'Who is singled out by window (contract.yaml), counted on a generated fleet of 10,000 ' +
        'installations (seed 1):'
    )
    expect(first).toMatch(/│ width +│ +\d+ │/)
    expect(first).toMatch(/│ key +│ +│ +│ an id/)
    expect(first).toContain('A generated fleet knows the contract and not the world.')
    await risk([])
    expect(printed).toBe(first)
    await risk(['--seed', '2', '--installations', '500'])
    expect(printed).toContain('500 installations (seed 2)')
  })

  it('tells what a proposed change adds, and what it takes away', async () => {
    await risk(['--against', 'old.yaml', '--installations', '1000'])
    const changes = printed.split('What this version changes against old.yaml:')[1] ?? ''
    expect(changes).toMatch(/opened\.width: new → \d+/)
    expect(changes).toMatch(/opened\.at: \d+ \(100 %\), .* bits → \d+/)
    await risk(['old.yaml', '--against', 'old.yaml'])
    expect(printed).toContain('Nothing that can be counted here.')
  })

  it('computes what would help', async () => {
    await risk(['old.yaml', '--installations', '1000'])
    expect(printed).toMatch(/opened\.at: round: day\n {4}singled out: \d+ \(100 %\) → \d+ \(\d/)
  })

  it('fails a build that singles out more than it was allowed', async () => {
    expect(await risk(['old.yaml', '--fail-over', '50'])).toBe(3)
    expect(printed).toContain('More than 50 % are singled out by: opened.at.')
    expect(await risk(['--fail-over', '50'])).toBe(0)
  })

  it('tells programs everything as JSON', async () => {
    await risk(['--format', 'json', '--fail-over', '0', '--against', 'old.yaml'])
    expect(JSON.parse(printed)).toMatchObject({
      product: 'window',
      contract: { name: 'contract.yaml', digest: contractOf(after).digest },
      source: { is: 'generated', installations: 10_000, seed: 1 },
      records: [
        {
          name: 'opened',
          fields: [
            { name: 'pane', counted: { values: 2, alone: 0 } },
            { name: 'at' },
            { name: 'width' }
          ],
          ids: ['key']
        }
      ],
      against: { name: 'old.yaml' },
      fail_over: { percent: 0 }
    })
  })

  it('has a running collector count its own records, with a token, and asks for no more than it declares', async () => {
    await risk(['http://candor.internal:4700#window'], collector(before))
    expect(printed).toContain(
      'counted on the records that http://candor.internal:4700#window kept in the last 30d:'
    )
    expect(printed).toContain('Whoever stopped sending since is still in it')
    expect(new Set(asked.map(({ url }) => url))).toEqual(
      new Set(['http://candor.internal:4700/api/v1/risk'])
    )
    expect(asked[0]).toMatchObject({
      authorization: 'Bearer a-token-of-a-collector',
      body: { product: 'window', record: 'opened', since: '30d' }
    })
    for (const { body } of asked)
      expect((body['groups'] as readonly unknown[]).length).toBeLessThanOrEqual(8)
    expect(JSON.stringify(asked)).not.toContain('"key"')
    expect(asked.slice(1).every(({ body }) => body['until'] === '2026-11-20T12:00:00.000Z')).toBe(
      true
    )
  })

  it('counts a proposed contract on real records as far as they are there, rounded as it says', async () => {
    await risk(
      ['contract.yaml', '--url', 'http://candor.internal:4700', '--since', '7d'],
      collector(before)
    )
    expect(printed).toMatch(/│ width +│ +│ +│ not counted/)
    expect(printed).toContain('Not counted: fields that the collector does not have')
    expect(JSON.stringify(asked)).toContain(
      '{"of":"field","name":"at","coarser":[{"by":"time","to":"day"}]}'
    )
    expect(asked[0]?.body['since']).toBe('7d')
  })

  it('does not mix up products', async () => {
    writeFileSync(join(folder, 'door.yaml'), before.replace('product: window', 'product: door'))
    await expect(
      risk(['door.yaml', '--url', 'http://candor.internal:4700#window'], collector(before))
    ).rejects.toMatchObject({
      code: 'PARAMETER_INVALID'
    })
  })

  it.each([
    ['--installations', '0'],
    ['--installations', '1000000'],
    ['--seed', 'x'],
    ['--fail-over', '101'],
    ['--format', 'csv']
  ])('says what is wrong with %s %s', async (...words) => {
    await expect(risk(words)).rejects.toMatchObject({ code: 'commander.invalidArgument' })
  })
})

function contractOf(text: string): Contract {
  const result = parseContract(text)
  if (result.is === 'contract') return result.contract
  throw new Error(result.problems.map(({ message }) => message).join('\n'))
}
