/** Whether what is made public can be said, and what would show too much is refused. */
import { describe, expect, it } from 'vitest'
import { contractOf, problemsOf, withFields } from '../../test/frame.ts'
import { generateDisclosure } from '../generate/disclosure/disclosure-text.ts'
import { diffContracts } from '../diff/diff.ts'

const fields = {
  flavour: '{ type: enum, values: [sweet, sour], says: its flavour }',
  rows: '{ type: integer, unit: rows, max: 100, says: how many rows }',
  code: "{ type: pattern, pattern: '^[a-z]{1,8}$', says: a code }",
  diary: '{ type: boolean, sensitivity: content, says: whether there is a diary }'
}

function contract(publication: string): string {
  const text = withFields(fields).replace(
    'identity: { kind: none, says: nothing }',
    'identity: { kind: persistent, random: true, says: a random id }\nenvironment: [os]'
  )
  return `${text}${publication}`
}

function codesOf(tables: string, rules = ''): readonly string[] {
  return problemsOf(contract(`publication: { says: All., ${rules} tables: ${tables} }\n`)).map(
    ({ code }) => code
  )
}

describe('what is made public', () => {
  it('is a sentence, or tables with their rules', () => {
    expect(contractOf(contract('publication: Now and then.\n')).publication).toMatchObject({
      says: 'Now and then.',
      tables: []
    })
    const told = contractOf(
      contract(
        'publication: { says: All., combined: 80, tables: { by_os: { by: [os, flavour] } } }\n'
      )
    ).publication
    expect(told).toMatchObject({ every: 'month', threshold: 10, combined: 80, rounding: 5 })
    expect(told?.tables).toEqual([
      {
        name: 'by_os',
        title: 'By os',
        says: undefined,
        question: 'active-installations',
        by: ['os', 'flavour'],
        field: undefined
      }
    ])
  })

  it.each([
    ['a threshold under the floor', '{ a: {} }', 'threshold: 9,'],
    ['a threshold of combinations under the floor', '{ a: {} }', 'combined: 49,'],
    ['a step of rounding under the floor', '{ a: {} }', 'rounding: 1,'],
    ['what is of content', '{ a: { by: [diary] } }', ''],
    ['what a stranger could write', '{ a: { by: [code] } }', ''],
    ['a distribution of what is no number', '{ a: { field: flavour } }', '']
  ])('is never %s', (_what, tables, rules) => {
    expect(codesOf(tables, rules)).toEqual(['PUBLICATION_UNSAFE'])
  })

  it('counts nobody who has no id', () => {
    const nobody = contract('publication: { says: All., tables: { a: {} } }\n').replace(
      'kind: persistent, random: true',
      'kind: none'
    )
    expect(problemsOf(nobody).map(({ code }) => code)).toContain('PUBLICATION_UNSAFE')
  })

  it('combines two things at most, each of them there and once', () => {
    expect(codesOf('{ a: { by: [os, flavour, version] } }')).toContain('LIMIT_EXCEEDED')
    expect(codesOf('{ a: { by: [os, os] } }')).toEqual(['NAME_DUPLICATE'])
    expect(codesOf('{ a: { by: [arch] } }')).toEqual(['REFERENCE_UNKNOWN'])
    expect(codesOf('{ a: { by: [os], question: events } }')).toEqual(['TYPE_CONFLICT'])
  })

  it('is told on the page, with a link to the numbers', () => {
    const page = generateDisclosure(
      contractOf(
        contract(
          'publication: { says: What runs., at: "https://numbers.example/acme", tables: { a: {} } }\n'
        )
      )
    )
    expect(page).toContain('No count of fewer than 10 installations is shown')
    expect(page).toMatch(
      /The numbers that these reports made: \[?<?https:\/\/numbers\.example\/acme/
    )
  })

  it('asks nobody again when it changes, and says who sees what', () => {
    const before = contractOf(contract('publication: { says: All., tables: { a: {} } }\n'))
    const after = contractOf(
      contract('publication: { says: All., threshold: 20, tables: { a: { by: [os] }, b: {} } }\n')
    )
    expect(after.terms).toBe(before.terms)
    expect(
      diffContracts(before, after).changes.map(({ path, effect }) => `${path} ${effect}`)
    ).toEqual([
      'publication.tables.a breaking',
      'publication.tables compatible',
      'publication.threshold compatible'
    ])
  })
})
