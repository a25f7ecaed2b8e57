import { describe, expect, it } from 'vitest'
import { checkContract } from '../check/check.ts'
import { diffContracts } from '../diff/diff.ts'
import type { Contract } from '../form/contract.ts'
import { editionContract } from '../form/edition.ts'
import { sdkForm } from '../generate/client/sdk-form.ts'
import { generateTypescript } from '../generate/client/typescript.ts'
import { generateDisclosure } from '../generate/disclosure/disclosure-text.ts'
import { generateJsonSchema } from '../generate/schema/json-schema.ts'
import { contractOf, frame, problemsOf } from '../../test/frame.ts'

const id = 'identity: { kind: persistent, random: true, says: a random id }'
const open = `${frame.replace(/identity: .*/, id)}events:\n  load: { when: It loads. }\n`

const usual: Readonly<Record<string, string>> = {
  required: 'true',
  basis: 'contract',
  because: 'it is billed by use',
  account: '{ says: your organisation, from: DEMO_KEY }',
  contact: 'billing@demo.example',
  purpose: 'To bill an organisation.',
  recipients: '[{ name: Billing, where: There, for: bills }]',
  identity: '{ kind: persistent, random: true, says: the same id under another token }',
  events: '{ usage_told: { when: Every hour., fields: { cpu: { type: integer, max: 64 } } } }'
}

/** The open contract and an edition with the stream `usage`; undefined takes a key out. */
function withUsage(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const lines = Object.entries({ ...usual, ...changes }).flatMap(([key, value]) =>
    value === undefined ? [] : [`        ${key}: ${value}`]
  )
  return [
    `${open}editions:`,
    '  standard:',
    '    title: Demo Standard',
    '    says: Whoever pays has it.',
    '    streams:',
    '      usage:',
    ...lines,
    ''
  ].join('\n')
}

function standardOf(text: string): Contract {
  const standard = editionContract(contractOf(text), 'standard')
  if (standard === undefined) throw new Error('there is no such edition')
  return standard
}

describe('an edition', () => {
  it('has streams that are contracts of their own, and leaves the open one as it was', () => {
    const [without, contract] = [contractOf(open), contractOf(withUsage())]
    expect([...contract.records.keys()]).toEqual(['load'])
    expect(contract.terms).toBe(without.terms)
    const stream = contract.editions.get('standard')?.streams.get('usage')
    expect(stream?.required).toEqual({ basis: 'contract', because: 'it is billed by use' })
    expect(stream?.contract).toMatchObject({
      product: 'demo-usage',
      purpose: 'To bill an organisation.',
      retention: without.retention,
      consent: without.consent,
      identity: { account: true, accountFrom: 'DEMO_KEY' }
    })
    expect([...(stream?.contract.records.keys() ?? [])]).toEqual(['usage_told'])
  })

  it.each(['basis', 'because', 'account', 'contact'])(
    'is refused where it requires a stream and does not say its %s',
    (key) => {
      const text = withUsage({ [key]: undefined })
      const found = [...problemsOf(text), ...checkContract(text, { today: '2026-11-20' }).findings]
      for (const problem of found)
        expect(problem).toMatchObject({
          code: 'KEY_MISSING',
          severity: 'error',
          path: 'editions.standard.streams.usage'
        })
      expect(found).toHaveLength(2)
      expect(found[0]?.message).toContain(`\`${key}\` is missing here: a required stream`)
    }
  )

  it.each([
    [{ required: undefined }, 'TYPE_CONFLICT', 'belongs to a stream with `required: true`'],
    [{ basis: 'consent' }, 'VALUE_INVALID', '`contract`, `legal-obligation`'],
    [{ purpos: 'To bill.' }, 'KEY_UNKNOWN', 'did you mean `purpose`?'],
    [{ environment: '[os]' }, 'KEY_UNKNOWN', '`environment` is not a key here'],
    [{ identity: '{ kind: window, days: 7, says: x }' }, 'TYPE_CONFLICT', 'or by none'],
    [{ events: '{ load: { when: Always. } }' }, 'NAME_DUPLICATE', 'already names `load`'],
    [{ events: '{ e: { when: w, leval: x } }' }, 'KEY_UNKNOWN', 'did you mean `level`?'],
    [{ recipients: undefined }, 'KEY_MISSING', '`recipients` is missing here']
  ] as const)('tells a mistake where it stands: %j', (changes, code, message) => {
    const found = problemsOf(withUsage(changes)).filter((problem) => problem.code === code)
    expect(found.map((problem) => problem.message).join()).toContain(message)
    expect(found[0]?.path).toContain('editions.standard.streams.usage')
    expect(found[0]?.line).toBeGreaterThan(15)
  })

  it('needs the open edition’s kind of id for one of its own', () => {
    const nobody = withUsage().replace(id, 'identity: { kind: none, says: nothing }')
    expect(problemsOf(nobody).map(({ message }) => message)).toEqual([
      'A stream is known by the id of its program or by none: say `kind: none`.'
    ])
  })

  it('is held against the rules of the check like everything else', () => {
    const text = withUsage({
      events: '{ usage_told: { when: w, fields: { machine_id: { type: keyed-hash } } } }'
    })
    const found = checkContract(text, { today: '2026-11-20' }).findings
    const about = found.find(({ code }) => code === 'HARDWARE_ID')
    expect(about?.path).toBe('editions.standard.streams.usage.events.usage_told.fields.machine_id')
    expect(found.filter(({ code }) => code === 'LEVEL_UNUSED')).toHaveLength(1)
  })
})

describe('what follows from an edition', () => {
  const standard = standardOf(withUsage())

  it('has its required streams first on its page, with basis, reason and what off means', () => {
    const page = generateDisclosure(standard)
    expect(page.startsWith('# Telemetry of Demo Standard\n')).toBe(true)
    expect(page).toContain(
      '**Demo Standard requires usage: it is billed by use (legal basis: the contract with whom ' +
        'it concerns). Off stops it too, every byte: the program is told that it is off, and ' +
        'the product decides what follows.**'
    )
    expect(page.indexOf('## Required: usage')).toBeLessThan(page.indexOf('Little.'))
    expect(page.indexOf('`usage_told`')).toBeLessThan(page.indexOf('`load`'))
    expect(page).toContain('billing@demo.example')
  })
  it('is named on the open page, whose own words stay as they were', () => {
    const [without, page] = [open, withUsage()].map((text) => generateDisclosure(contractOf(text)))
    expect(page).toContain('| `standard` | Demo Standard | Whoever pays has it. | `demo-usage` |')
    const begin = (text = ''): string =>
      (text.split(/## Other editions|## This page/)[0] ?? '').replace(/"contract": ".*/, '')
    expect(begin(page)).toBe(begin(without))
    expect(page).not.toContain('usage_told')
  })
  it('is a client that must say which edition it is, and a schema of what it may say', () => {
    const client = generateTypescript(standard)
    expect(client).toContain("{ readonly edition: 'standard' }")
    expect(client).toContain('readonly usage_told: UsageTold')
    expect(client).toContain('readonly load: Load')
    expect(sdkForm(standard)['edition']).toMatchObject({
      name: 'standard',
      streams: [{ name: 'usage', product: 'demo-usage', records: ['usage_told'] }]
    })
    expect(sdkForm(contractOf(withUsage()))['edition']).toBeUndefined()
    expect(Object.keys(JSON.parse(generateJsonSchema(standard)).$defs)).toEqual([
      'usage_told',
      'load'
    ])
  })
})

describe('a change of editions', () => {
  const between = (before: string, after: string): ReturnType<typeof diffContracts> =>
    diffContracts(contractOf(before), contractOf(after))

  it('asks nobody of the open edition when one comes', () => {
    const { verdict, asksAgain, changes } = between(open, withUsage())
    expect([verdict, asksAgain]).toEqual(['compatible', false])
    expect(changes.map(({ what }) => what)).toEqual([
      'There is an edition `standard` (Demo Standard), which requires `usage`.'
    ])
  })
  it('breaks the programs that are it when one goes', () => {
    expect(between(withUsage(), open).verdict).toBe('breaking')
  })
  it.each([
    [{ required: undefined, basis: undefined, because: undefined }, {}, 'wider'],
    [{}, { required: undefined, basis: undefined, because: undefined }, 'narrower'],
    [{}, { basis: 'legal-obligation' }, 'wider'],
    [{}, { because: 'of tax law' }, 'none'],
    [{}, { retention: '{ records: 2 years, aggregates: 25 months }' }, 'wider'],
    [{}, { recipients: '[{ name: Bank, where: There, for: bills }]' }, 'wider']
  ] as const)('says what it is for consent: %j to %j is %s', (before, after, consent) => {
    const { changes } = between(withUsage(before), withUsage(after))
    expect(changes.length).toBeGreaterThan(0)
    expect(changes.every(({ path }) => path.startsWith('editions.standard.streams.usage'))).toBe(
      true
    )
    expect(changes[0]?.consent).toBe(consent)
    const terms = [before, after].map((changed) => standardOf(withUsage(changed)).terms)
    expect(terms[0] === terms[1]).toBe(consent === 'none')
  })
  it('is said once where streams take it over from the open edition', () => {
    const { changes } = between(withUsage(), withUsage().replace('90 days', '120 days'))
    expect(changes.map(({ path }) => path)).toEqual(['retention.records'])
  })
})
