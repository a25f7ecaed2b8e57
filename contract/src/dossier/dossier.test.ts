import { describe, expect, it } from 'vitest'
import { parseContract } from '../grammar/parse.ts'
import type { Contract } from '../form/contract.ts'
import { audiences, generateDossier, type Dossier } from './dossier.ts'
import type { PaperInput } from './paper.ts'

const text = `candor: 1
product: acme
title: Acme
purpose: To see what is used.
contact: https://acme.example/issues
location: Frankfurt
publication: Counts of commands, each quarter.
recipients: [{ name: Acme e.V., where: Germany, for: deciding what to build }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-out, levels: { basic: Commands. } }
identity: { kind: persistent, random: true, says: a random id }
environment: [os]
questions: { usage: What is used? }
never: { sdk: [paths, queries], collector: [paths] }
endpoint: { default: 'https://t.acme.example:8443/v1/reports', variable: ACME_ENDPOINT }
version_check: { feed: releases.yaml, says: Looks for versions. }
events:
  run:
    when: A command ran.
    every: { says: at most hourly, per_day_max: 24 }
    fields:
      command: { type: enum, values: [init, build], serves: [usage], says: which command }
      left: { sdk: never, collector: drops, because: old clients send it }
controls: [{ variable: ACME_TELEMETRY, off: 'off' }]
`

function contractOf(source: string): Contract {
  const parsed = parseContract(source)
  if (parsed.is === 'invalid') throw new Error(JSON.stringify(parsed.problems))
  return parsed.contract
}

const contract = contractOf(text)

function write(audience: (typeof audiences)[number], more: Partial<PaperInput> = {}): Dossier {
  const input = { contract, published: [], reviews: [], answers: {}, conformance: undefined }
  return generateDossier(audience, { ...input, ...more })
}

/** In which order things stand, by what they begin with. */
function inOrder(paper: string, ...parts: readonly string[]): boolean {
  const at = parts.map((part) => paper.indexOf(part))
  return at.every((place, index) => place >= 0 && place > (at[index - 1] ?? -1))
}

describe('a dossier', () => {
  it.each(audiences)(
    'for %s says that it is no legal advice, and counts its blanks',
    (audience) => {
      const { text: paper, open, asked } = write(audience)
      expect(paper).toContain('no legal advice')
      expect(open.length).toBe(asked.length)
      expect(paper).toContain(`${open.length} of ${asked.length} things`)
      for (const name of open) expect(paper).toContain(`**To be decided** (\`${name}\`)`)
      // The same facts give the same bytes.
      expect(write(audience).text).toBe(paper)
    }
  )

  it('has the answers that people gave, and only what is left open', () => {
    const { text: paper, open } = write('lf', { answers: { access: 'The steering committee.' } })
    expect(paper).toContain('**The steering committee.**')
    expect(open).not.toContain('access')
  })

  it('answers the Linux Foundation in the order of its policy, and says where it differs', () => {
    const { text: paper } = write('lf')
    expect(
      inOrder(
        paper,
        '## 1. Which data',
        '`command`',
        '## 2. Is it anonymous',
        '## 3. How users are told',
        'policy asks that users consent',
        'Opt-out',
        '## 4. How it is stored',
        'Frankfurt',
        '## 5. What keeps it secure'
      )
    ).toBe(true)
    expect(paper).toContain('| `command` | which command | one of `init`, `build`')
    expect(paper).toContain('not kept under that name: `left`')
    expect(paper).toContain('- Made public: Counts of commands, each quarter.')
  })

  it('writes Article 30 letter by letter, and what lies on the device', () => {
    const { text: paper } = write('gdpr')
    expect(
      inOrder(paper, '### (a)', '### (b)', '### (c)', '### (d)', '### (e)', '### (f)', '### (g)')
    ).toBe(true)
    expect(paper).toContain('| `identity.json` |')
    expect(paper).toContain('| `versions.json` |')
  })

  it('tells a security team hosts, ports, bytes, switches, and what the kit found', () => {
    const conformance = {
      name: 'acme',
      lines: [
        { says: 'off is off', outcome: 'holds' },
        { says: 'no delay', outcome: 'fails' }
      ]
    }
    const { text: paper } = write('security-team', { conformance })
    expect(paper).toContain('| reports | `t.acme.example` | 8443 | out |')
    expect(paper).toContain('ACME_VERSION_CHECK=off')
    expect(paper).toMatch(/\| `run` \| (\d+) \| at most hourly \| \d+ \|/)
    expect(paper).toContain('1 of 2 lines hold, 1 fail')
    expect(paper).toContain('- queries')
  })

  it('tells how often users were asked anew, and by whom the terms were reviewed', () => {
    const wider = contractOf(text.replace('[init, build]', '[init, build, drop]'))
    const { text: paper } = write('lf', {
      published: [wider],
      reviews: [
        {
          terms: contract.terms,
          on: '2026-11-01',
          by: 'Jane',
          question: 'usage',
          decision: 'agreed',
          expires: '2027-11-01',
          because: 'It is little.'
        }
      ]
    })
    expect(paper).toContain('2 versions of the contract are published, with 2 different sets')
    expect(paper).toContain('| 2026-11-01 | Jane | agreed | It is little. |')
  })
})
