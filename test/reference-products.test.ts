/**
 * Each product's pages follow from its contract, and hold whatever is still true of its public
 * page; `npm run reference` writes them anew.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  audiences,
  editionContract,
  generateDisclosure,
  generateDossier,
  parseContract,
  readPublished,
  type Contract
} from '@candor/contract'
import { describe, expect, it } from 'vitest'
import {
  readPublicPage,
  readShown,
  type PublicPage
} from '../server/src/products/public-page.test-support.ts'
import { comparisonPage, productsPage } from './reference/comparison-page.ts'
import { conformanceOf } from './reference/conformance-figures.ts'
import { plainOf, proofOf } from './reference/proofs.ts'

const stale = 'docs/reference/products is stale: run `npm run reference` and look at the difference'
const folder = new URL('../server/src/products/', import.meta.url)
const products = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

const conformancePage = readFileSync(
  new URL('../docs/reference/conformance.md', import.meta.url),
  'utf8'
)

function publishedOf(product: string): readonly Contract[] {
  const published = new URL(`${product}/contracts/`, folder)
  return readdirSync(published)
    .toSorted()
    .flatMap((name) => {
      const text = readFileSync(new URL(name, published), 'utf8')
      const read = readPublished({ text, digest: `sha256:${name.replace('.json', '')}` })
      return read.is === 'invalid' ? [] : [read.contract]
    })
}

const publicPageOf = (product: string): PublicPage =>
  readPublicPage(readFileSync(new URL(`${product}/page.yaml`, folder), 'utf8'))

it('are listed on one page', async () => {
  const listed = products.map((product) => ({
    contract: contractOf(product),
    publicPage: publicPageOf(product)
  }))
  await expect(productsPage(listed), stale).toMatchFileSnapshot(
    '../docs/reference/products/README.md'
  )
})

describe.each(products)('the pages of %s', (product) => {
  const contract = contractOf(product)
  const publicPage = publicPageOf(product)
  const ours = generateDisclosure(contract)
  const path = (file: string): string => `../docs/reference/products/${product}/${file}`

  it('are what the contract says', async () => {
    await expect(ours, stale).toMatchFileSnapshot(path('TELEMETRY.md'))
    await expect(generateDisclosure(contract, { format: 'html' }), stale).toMatchFileSnapshot(
      path('telemetry.html')
    )
    await expect(generateDisclosure(contract, { format: 'json' }), stale).toMatchFileSnapshot(
      path('telemetry.json')
    )
    for (const name of contract.editions.keys()) {
      const edition = editionContract(contract, name) ?? contract
      await expect(generateDisclosure(edition), stale).toMatchFileSnapshot(
        path(`TELEMETRY-${name}.md`)
      )
    }
    await expect(comparisonPage(contract, publicPage), stale).toMatchFileSnapshot(
      path('comparison.md')
    )
  })

  it.each(audiences)('answer %s from the contract and its history', async (audience) => {
    const { text } = generateDossier(audience, {
      contract,
      published: publishedOf(product),
      reviews: [],
      answers: {},
      conformance: conformanceOf(conformancePage, product)
    })
    // A fact that is no text any more is none that a reviewer can read.
    expect(text).not.toMatch(/\bundefined\b|\[object|\bNaN\b/)
    await expect(text, stale).toMatchFileSnapshot(path(`dossier-${audience}.md`))
  })

  it('hold each statement of its public page that is still true', () => {
    const statements = publicPage.statements.filter(({ verdict }) => verdict === 'still true')
    expect(statements.filter(({ proof }) => proof.length === 0).map(({ says }) => says)).toEqual([])
  })

  const missingIn = (page: string): readonly string[] => {
    const plain = plainOf(page)
    return [...publicPage.statements, ...publicPage.unsaid].flatMap(({ proof }) =>
      proof.filter(
        (each) =>
          proofOf(contract, each)?.texts.some((text) => plain.includes(plainOf(text))) !== true
      )
    )
  }
  it('print whatever a comparison points to in the contract', () =>
    expect(missingIn(ours)).toEqual([]))
  it('would be found out if they left any of it out', () => {
    const silent: Contract = {
      ...contract,
      product: 'nobody',
      title: 'Nobody',
      purpose: 'None.',
      contact: undefined,
      questions: new Map(),
      environment: [],
      never: { sdk: [], collector: [] },
      location: undefined,
      source: undefined,
      publication: undefined,
      appeal: undefined,
      editions: new Map(),
      recipients: [],
      records: new Map(),
      controls: [],
      endpoint: undefined,
      identity: { ...contract.identity, account: false, says: '', sdkSays: '' },
      versionCheck: undefined,
      consent: { ...contract.consent, default: 'ask', levels: [] }
    }
    const proofs = [...publicPage.statements, ...publicPage.unsaid].flatMap(({ proof }) => proof)
    expect(new Set(missingIn(generateDisclosure(silent)))).toEqual(new Set(proofs))
  })

  it.runIf(publicPage.program !== undefined)('name what shows each row, and it is there', () => {
    const rows = [...publicPage.statements, ...publicPage.unsaid]
    expect(rows.filter(({ shown }) => shown.length === 0).map(({ client }) => client)).toEqual([])
    const switches = Object.values(publicPage.switches_shown).flat()
    const programs = publicPage.statements.flatMap((each) => each.program_shown ?? [])
    const missing = [...rows.flatMap(({ shown }) => shown), ...switches, ...programs].filter(
      (each) => {
        const { path, test } = readShown(each)
        const file = new URL(`../${path}`, import.meta.url)
        return !existsSync(file) || !readFileSync(file, 'utf8').includes(test ?? '')
      }
    )
    expect(missing).toEqual([])
    const silent = publicPage.statements.filter(({ program }) => program === undefined)
    expect(silent.map(({ says }) => says)).toEqual([])
  })

  it('have no row in their comparison without a link to what shows it', () => {
    const rows = comparisonPage(contract, publicPage)
      .split('\n')
      .filter((line) => line.startsWith('| '))
    const bare = rows.filter((row) => !/\]\([^)]+\) \|$/.test(row) && !row.endsWith('shown by |'))
    expect(bare).toEqual([])
    expect(rows.length).toBeGreaterThan(30)
  })

  it('name a control of the contract for every switch', () => {
    const missing = publicPage.switches.filter(
      ({ now }) => proofOf(contract, `controls.${now}`) === undefined
    )
    expect(missing).toEqual([])
  })

  it('differ from a page of which one word was changed, wherever it stands', () => {
    const changed: Contract = {
      ...contract,
      recipients: contract.recipients.map((each) => ({ ...each, where: `${each.where} now` }))
    }
    expect(generateDisclosure(changed)).not.toBe(ours)
  })
})

function contractOf(product: string): Contract {
  const result = parseContract(readFileSync(new URL(`${product}/contract.yaml`, folder), 'utf8'))
  if (result.is === 'contract') return result.contract
  throw new Error(result.problems.map(({ message }) => message).join('\n'))
}
