import { readFileSync } from 'node:fs'
import { compareVersionTexts, isInRange, readVersion } from '#values/version-order'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readReleaseFile } from '../release-file.ts'
import { readAdvisory, type AdvisoryReading } from './read-advisory.ts'
import { eventsOfRange, rangeOfEvents } from './versions-of-osv.ts'

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'))
const [github] = fixture('github-api.json') as readonly object[]

function changed(change: object): AdvisoryReading {
  return readAdvisory({ ...(fixture('osv.json') as object), ...change })
}

describe('an advisory that another tool wrote', () => {
  it('as OSV has its ranges, fixes, vectors and names, and is one that a file may hold', () => {
    const reading = readAdvisory(fixture('osv.json'))
    expect(reading).toMatchObject({
      is: 'advisory',
      advisory: {
        id: 'GHSA-aaaa-bbbb-cccc',
        date: '2026-09-01',
        level: 'medium',
        title: 'Loads may be read by others',
        url: 'https://acme.example/advisories/1',
        affected: '>=2.0.0 <2.14.3 || >=2.15.0 <2.15.2 || <=1.9.9',
        fixed: '2.15.2',
        fixed_versions: ['2.14.3', '2.15.2'],
        cve: ['GHSA-aaaa-bbbb-cccc', 'CVE-2026-12345'],
        package: { ecosystem: 'PyPI', name: 'acme' },
        modified: '2026-09-03T10:00:00Z'
      }
    })
    const { advisory } = reading as { advisory: object }
    expect(readReleaseFile(JSON.stringify({ advisories: [advisory] })).is).toBe('file')
  })

  it('as GitHub’s API answers it, of the package that is meant', () => {
    expect(readAdvisory(github)).toMatchObject({
      is: 'refused',
      because: expect.stringContaining('--package (acme, acme-extra)')
    })
    expect(readAdvisory(github, { package: 'acme' })).toMatchObject({
      advisory: {
        affected: '>=2.10.0 <2.14.3',
        fixed: '2.14.3',
        level: 'high',
        package: { ecosystem: 'PyPI' }
      }
    })
    expect(readAdvisory(github, { package: 'acme-extra' })).toMatchObject({
      advisory: { affected: '=1.0.0', fixed: '1.0.1' }
    })
  })

  it.each([
    ['no range that can be compared', { affected: [{ ranges: [{ type: 'GIT', events: [] }] }] }],
    ['nothing affected', { affected: [] }],
    [
      'a word for a version',
      { affected: [{ ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: 'sid' }] }] }] }
    ],
    ['no severity at all', { severity: [], database_specific: {} }],
    ['no name', { id: undefined }]
  ])('that has %s is refused, and says what to do', (_, change) => {
    expect(changed(change).is).toBe('refused')
  })

  it('takes the level of its vector where no word tells it', () => {
    expect(changed({ database_specific: {} })).toMatchObject({ advisory: { level: 'medium' } })
  })

  it('concerns the systems that Go’s database names, unless an import has none', () => {
    const affected = (imports: readonly object[]): object => ({
      affected: [
        {
          ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }] }],
          ecosystem_specific: { imports }
        }
      ]
    })
    expect(changed(affected([{ goos: ['linux'] }, { goos: ['windows'] }]))).toMatchObject({
      advisory: { affected: '*', platforms: { os: ['linux', 'windows'] } }
    })
    expect(
      (changed(affected([{ goos: ['linux'] }, { path: 'x' }])) as { advisory: object }).advisory
    ).not.toHaveProperty('platforms')
  })

  it('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(['advisory', 'refused']).toContain(readAdvisory(value).is)
        expect(['advisory', 'refused']).toContain(readAdvisory({ id: 'A', affected: value }).is)
      })
    )
  })
})

describe('ranges in OSV’s words', () => {
  const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((numbers) => numbers.join('.'))
  const part = fc.oneof(
    version.map((one) => `>=${one}`),
    version.map((one) => `<${one}`),
    version.map((one) => `<=${one}`),
    fc
      .tuple(version, version)
      .map((both) => both.toSorted(compareVersionTexts))
      .map(([one, other]) => (one === other ? `${one}` : `>=${one} <${other}`)),
    version,
    fc.constant('*')
  )
  it('hold the same versions when they come back', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), version, (parts, text) => {
        const range = parts.join(' || ')
        const back = eventsOfRange(range).map(rangeOfEvents).join(' || ')
        const own = readVersion(text)
        expect(own && isInRange(own, back), back).toBe(own && isInRange(own, range))
      })
    )
  })

  it('as events in any order', () => {
    const events = [
      { fixed: '2.15.2' },
      { introduced: '2.15.0' },
      { introduced: '0' },
      { last_affected: '1.9.9' }
    ]
    expect(rangeOfEvents(events)).toBe('<=1.9.9 || >=2.15.0 <2.15.2')
  })
})
