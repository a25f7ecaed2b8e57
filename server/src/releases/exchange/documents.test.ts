/** Whether what is written for other tools is what their own validators accept. */
// @ts-expect-error The package has no types.
import * as csafSchema from '@secvisogram/csaf-validator-lib/schemaTests.js'
// @ts-expect-error The package has no types.
import validateCsaf from '@secvisogram/csaf-validator-lib/validate.js'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readReleaseFile, type Advisory, type ReleaseFile } from '../release-file.ts'
import { csafDocument } from './csaf.ts'
import { openEoxStatement } from './openeox.ts'
import { osvDocument } from './osv.ts'
import { readAdvisory } from './read-advisory.ts'
import { feedDocuments } from './static-feed.ts'

interface CsafVerdict {
  readonly isValid: boolean
  readonly tests: readonly { readonly name: string; readonly errors: readonly unknown[] }[]
}

const publisher = { name: 'Acme', namespace: 'https://acme.example' }
const own: Advisory = {
  id: 'ACME-2026-1',
  date: '2026-09-01',
  level: 'high',
  title: 'Loads may be lost',
  url: 'https://acme.example/1',
  affected: '>=2.0.0 <2.14.3 || 2.15.0 || <=1.2',
  fixed: '2.15.1',
  fixed_versions: ['2.14.3', '2.15.1'],
  cve: ['CVE-2026-11111', 'CVE-2026-22222', 'GHSA-aaaa-bbbb-cccc'],
  cvss: [
    'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'
  ],
  platforms: { postgresql: [16, 17], os: ['linux'] }
}
const plain: Advisory = {
  id: 'A',
  date: '2026-09-01',
  level: 'info',
  title: 'Old',
  url: 'https://acme.example/2',
  affected: '*'
}

function imported(): Advisory {
  const text = readFileSync(new URL('fixtures/osv.json', import.meta.url), 'utf8')
  const reading = readAdvisory(JSON.parse(text))
  if (reading.is === 'refused') throw new Error(reading.because)
  return reading.advisory
}

describe('documents for other tools', () => {
  it.each([
    ['of its own', own],
    ['with the least that it may say', plain],
    ['that was imported', imported()]
  ])('as CSAF 2.0, an advisory %s passes its schema', async (_, each) => {
    const document = csafDocument(each, { publisher, title: 'Acme' })
    const verdict = (await validateCsaf(
      Object.values(csafSchema as object),
      document
    )) as CsafVerdict
    expect(verdict.tests.filter(({ errors }) => errors.length > 0)).toEqual([])
    expect(verdict.isValid).toBe(true)
  })

  it('CSAF names each line with its fixes, and what only holds on some platforms', () => {
    const text = JSON.stringify(csafDocument(own, { publisher, title: 'Acme' }))
    expect(text).toContain('vers:generic/>=2.0.0|<2.14.3')
    expect(text).toContain('Upgrade to 2.14.3 or 2.15.1.')
    expect(text).toContain('only installations on postgresql 16, 17; os linux')
    expect(text).toContain('"baseScore":9.8,"baseSeverity":"CRITICAL"')
  })

  it('what was imported goes out as OSV with the same names, ranges and severity', () => {
    const again = readAdvisory(osvDocument(imported()))
    expect(again).toEqual({ is: 'advisory', advisory: imported() })
  })

  it('an id that no public database gives out is marked as one’s own in OSV', () => {
    expect(osvDocument(own)).toMatchObject({ id: 'x_ACME-2026-1', aliases: own.cve })
  })

  it('OpenEoX says the last moment of the last day, and nothing of what nobody decided', () => {
    const file = readReleaseFile(`
releases: [{ version: 2.14.3, date: 2026-08-01 }, { version: 1.0.0, date: 2020-01-01 }]
support:
  - { versions: '>=2.14.0 <2.15.0', end_of_security_support: 2026-12-31, end_of_life: tba }
`)
    if (file.is === 'invalid') throw new Error(file.problems.join())
    const { releases } = file.file
    expect(releases.map((release) => openEoxStatement(release, file.file, 0))).toEqual([
      {
        $schema: 'https://docs.oasis-open.org/openeox/v1.0/schema/core.json',
        general_availability: '2026-08-01T00:00:00Z',
        end_of_security_support: '2026-12-31T23:59:59Z',
        end_of_life: 'tba',
        last_updated: '1970-01-01T00:00:00Z'
      },
      undefined
    ])
  })

  it('one that was taken back is told in OSV, which has a word for it', () => {
    const file: ReleaseFile = { releases: [], advisories: [{ ...own, withdrawn: true }] }
    const paths = feedDocuments({ file, changedAt: 0, publisher, title: 'Acme' })
    expect(paths.map(({ path }) => path)).toEqual(['osv/x_ACME-2026-1.json'])
    expect(JSON.parse(paths[0]?.text ?? '')).toHaveProperty('withdrawn')
  })
})
