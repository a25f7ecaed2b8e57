/**
 * The generated pages of docs/reference, and the dashboard's types, say what the code does;
 * `npm run reference` writes them anew.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { systemEffects } from '../server/src/effects.ts'
import { loadProducts } from '../server/src/products/load.ts'
import type { Product } from '../server/src/products/product.ts'
import { apiTypes } from './reference/api-types.ts'
import { cliPage } from './reference/cli-page.ts'
import { complaintsPage } from './reference/complaints-page.ts'
import { configPage } from './reference/config-page.ts'
import { consentPage } from './reference/consent-page.ts'
import { contractRulesPage } from './reference/contract-rules-page.ts'
import { metricsPage } from './reference/metrics-page.ts'
import { questionsPage } from './reference/questions-page.ts'
import { routesPage } from './reference/routes-page.ts'
import { exportsPage, viewsPage } from './reference/views-page.ts'

const stale = 'what is generated is stale: run `npm run reference` and look at the difference'

describe('the reference', () => {
  let products: readonly Product[]
  beforeAll(async () => {
    ;({ products } = await loadProducts({ folders: [], files: systemEffects.files }))
  })

  async function expectPage(name: string, text: string): Promise<void> {
    await expect(text, stale).toMatchFileSnapshot(`../docs/reference/${name}.md`)
  }

  it('answers every complaint about the telemetry of others', () =>
    expectPage('complaints', complaintsPage()))
  it('lists every setting', () => expectPage('config', configPage()))
  it('shows every command', () => cliPage().then((page) => expectPage('cli', page)))
  it('says who may say what about telemetry', () => expectPage('consent', consentPage()))
  it('lists every rule of a contract', () => expectPage('contract-rules', contractRulesPage()))
  it('lists every route, and how it answers', () => expectPage('routes', routesPage(products)))
  it('lists every view and its columns', () =>
    expectPage('views', viewsPage(products.map(({ newest }) => newest))))
  it('says what an export holds', () => expectPage('exports', exportsPage()))
  it('explains every question', () => expectPage('questions', questionsPage()))
  it('lists every metric', async () => expectPage('metrics', await metricsPage()))
  it('gives the dashboard the types of what the API answers', () =>
    expect(apiTypes(), stale).toMatchFileSnapshot('../dashboard/src/api/answers.ts'))
})
