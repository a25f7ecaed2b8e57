import { describe, expect, it } from 'vitest'
import { checkContract } from '../check/check.ts'
import { policyCodes } from '../check/rule-codes.ts'
import { explain } from '../check/explanations.ts'
import { policies, policyNames, type Policy } from './policies.ts'

const strict = `candor: 1
product: acme
title: Acme
purpose: To see what is used.
contact: https://acme.example/issues
location: Frankfurt
publication: Counts each month.
recipients: [{ name: Acme e.V., where: Germany, for: deciding what to build }]
retention: { records: 90 days, aggregates: 25 months, backups: none }
consent: { default: opt-in, levels: { basic: Commands. } }
identity: { kind: none, says: no id }
environment: []
presence: [week]
questions: { usage: What is used? }
endpoint: { default: 'https://t.acme.example', variable: ACME_ENDPOINT }
events:
  run:
    when: A command ran.
    owner: us
    expires: 2027-06-01
    every: { says: at most hourly, per_day_max: 24 }
    fields:
      command: { type: enum, values: [init, build], serves: [usage], says: which command }
controls:
  - { variable: ACME_TELEMETRY, off: 'off' }
  - { file: /etc/acme.toml, key: telemetry, off: false }
`
const today = '2026-11-20'

function found(text: string, ...asked: readonly Policy[]): readonly string[] {
  const { contract, findings } = checkContract(text, { today, policies: asked })
  expect(contract, JSON.stringify(findings)).toBeDefined()
  return findings.map(({ code }) => code).filter((code) => policyCodes.some((one) => one === code))
}

const changed = (...pairs: readonly (readonly [string, string])[]): string =>
  pairs.reduce((text, [from, to]) => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }, strict)

describe('what communities ask', () => {
  it('is met by a contract that asks first, without ids and with switches', () => {
    expect(found(strict, ...policyNames)).toEqual([])
  })

  it('is looked at only where somebody asks for it', () => {
    const optOut = changed(['opt-in', 'opt-out'])
    expect(found(optOut)).toEqual([])
    expect(found(optOut, 'debian')).toEqual(['DEBIAN_PHONE_HOME'])
  })

  it.each([
    ['lf', 'LF_CONSENT', ['default: opt-in', 'default: opt-out']],
    ['lf', 'LF_ANONYMOUS', ['kind: none', 'kind: persistent, random: true']],
    ['lf', 'LF_CONFIDENTIAL', ['says: which command', 'sensitivity: content, says: which command']],
    ['lf', 'LF_STORED', ['location: Frankfurt\n', '']],
    ['lf', 'LF_SHARED', ['publication: Counts each month.\n', '']],
    ['fdroid', 'FDROID_TRACKING', ['default: opt-in', 'default: opt-out']],
    ['fdroid', 'FDROID_ENDPOINT', [', variable: ACME_ENDPOINT', '']],
    [
      'fdroid',
      'FDROID_VERSION_CHECK',
      ['events:', 'version_check: { feed: a.yaml, says: Looks. }\nevents:']
    ],
    [
      'nixpkgs',
      'NIXPKGS_SWITCH',
      ["- { variable: ACME_TELEMETRY, off: 'off' }", '- { flag: --no }']
    ],
    ['nixpkgs', 'NIXPKGS_DEFAULT', ['default: opt-in', 'default: opt-out']],
    [
      'nixpkgs',
      'NIXPKGS_VERSION_CHECK',
      ['events:', 'version_check: { feed: a.yaml, says: Looks. }\nevents:']
    ],
    ['debian', 'DEBIAN_PHONE_HOME', ['default: opt-in', 'default: opt-out']],
    [
      'debian',
      'DEBIAN_CONFFILE',
      ['\n  - { file: /etc/acme.toml, key: telemetry, off: false }', '']
    ],
    ['debian', 'DEBIAN_THIRD_PARTY', ['endpoint: {', 'endpoint: { segment: https://s.example,']],
    ['debian', 'DEBIAN_ID', ['kind: none', 'kind: persistent, random: true']]
  ] as const)('of %s: %s', (policy, code, change) => {
    expect(found(changed(change), policy)).toEqual([code])
    // Only in the file, with a reason; the finding is then told as waived.
    const waived = `${changed(change)}waive: { ${code}: because we say so }\n`
    expect(found(waived, policy)).toEqual([])
    const { findings } = checkContract(waived, { today })
    expect(findings.map((each) => each.code)).not.toContain('WAIVER_UNUSED')
  })

  it('a waiver that a policy no longer needs is told when it is looked at', () => {
    const { findings } = checkContract(`${strict}waive: { LF_CONSENT: it was so once }\n`, {
      today,
      policies: ['lf']
    })
    expect(findings.map(({ code }) => code)).toContain('WAIVER_UNUSED')
  })

  it('each has a source, and is explained', () => {
    const all = Object.values(policies).flat()
    expect(all.map(({ code }) => code).toSorted()).toEqual([...policyCodes].toSorted())
    for (const { code, source } of all) {
      expect(source).toMatch(/^https:\/\//)
      expect(explain(code)[0]?.why).toContain(source)
    }
  })
})
