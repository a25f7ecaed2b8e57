import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { frame, problemsOf, withFields } from '../../test/frame.ts'
import { editionKeys, streamKeys } from './parse-editions.ts'
import { fieldKeys } from './parse-fields.ts'
import { recordKeys } from './parse-records.ts'
import { namedTypeKeys, typeKeys, typeNames } from './parse-types.ts'
import { parseContract, topKeys } from './parse.ts'

interface Schema {
  readonly description?: string
  readonly properties: Readonly<Record<string, Schema>>
  readonly definitions: Readonly<
    Record<
      'field' | 'type' | 'record' | 'stream' | 'edition' | 'waive',
      Schema & { readonly allOf: readonly Rule[] }
    >
  >
  readonly anyOf?: readonly { readonly enum?: readonly string[] }[]
}

interface Rule {
  readonly if: { readonly properties?: { readonly type: { readonly const: string } } }
  readonly then: { readonly propertyNames: { readonly enum: readonly string[] } }
}

const text = readFileSync(new URL('../../contract.schema.json', import.meta.url), 'utf8')
const schema = JSON.parse(text) as Schema
const ajv = new Ajv({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allErrors: true,
  keywords: ['enumDescriptions']
})
const accepts = ajv.compile(JSON.parse(text) as object)

const exampleText = readFileSync(new URL('../../test/example.yaml', import.meta.url), 'utf8')
const products = new URL('../../../server/src/products/', import.meta.url)
const productTexts = readdirSync(products)
  .map((name) => new URL(`${name}/contract.yaml`, products))
  .filter((file) => existsSync(file))
  .map((file) => [file.pathname.split('/').at(-2) ?? '', readFileSync(file, 'utf8')] as const)

describe('the JSON Schema for editors', () => {
  it.each([['the example', exampleText] as const, ...productTexts])(
    'accepts %s, as the parser does',
    (_name, contract) => {
      expect(problemsOf(contract).filter((problem) => problem.severity === 'error')).toEqual([])
      accepts(read(contract))
      expect(accepts.errors ?? []).toEqual([])
    }
  )

  it.each([
    frame.replace('candor: 1', 'candor: 2'),
    frame.replace('product: demo', 'product: De mo'),
    frame.replace('title: Demo\n', ''),
    frame.replace('title: Demo', 'tilte: Demo'),
    frame.replace('title: Demo', 'title: 5'),
    frame.replace('for: testing', 'four: testing'),
    frame.replace('90 days', '90 nights'),
    frame.replace('opt-out', 'opt-ou'),
    frame.replace('kind: none', 'kind: sometimes'),
    frame.replace('controls: [{ flag: --off }]', 'controls: []'),
    `${frame}events: { e: {} }`,
    `${frame}events: { E-1: { when: w } }`,
    `${frame}events: { e: { when: w, leval: basic } }`,
    `${frame}environment: [hostname]`,
    `${frame}types: { enum: { type: boolean } }`,
    ...[
      'boolean',
      '{}',
      '{ type: boolean, min: 1 }',
      '{ type: boolean, colector: drops }',
      '{ type: boolean, collector: drop }',
      '{ type: integer, max: "9" }',
      '{ type: integer, max: 1.5 }',
      '{ type: integer, round: 3 }',
      '{ type: integer, round: hour }',
      '{ type: labelled-counter }',
      '{ type: labelled-counter, labels: [a], max: 0 }',
      '{ type: labelled-counter, labels: [a], values: [b] }',
      '{ type: distribution }',
      '{ type: distribution, exponential: { factor: 2 } }',
      '{ type: distribution, exponential: { factor: 1, count: 3 } }',
      '{ type: duration }',
      '{ type: duration, unit: minutes }',
      '{ type: timestamp, round: 3 digits }',
      '{ type: version, parts: 4 }',
      '{ type: enum }',
      '{ type: enum, values: [1] }',
      '{ type: pattern }',
      '{ type: pattern, pattern: "[a-z]+" }',
      '{ type: pattern, pattern: "^a$", max_length: 257 }',
      '{ type: string, max_length: 10 }',
      '{ type: list, of: boolean }',
      '{ type: list, max_items: 2, of: { values: [a] } }',
      '{ type: list, max_items: 2, of: { type: boolean, level: more } }',
      '{ type: map, max_entries: 2, values: boolean }',
      '{ type: map, max_entries: 2, values: boolean, keys: { patern: "^a$" } }',
      '{ type: object }',
      '{ type: object, fields: { A: { type: boolean } } }',
      '{ type: boolean, since: 0.2 }',
      '{ type: boolean, expires: soon }',
      '{ type: boolean, waive: { UNIT_MISING: a reason } }',
      '{ type: boolean, waive: { UNIT_MISSING: 1 } }'
    ].map((field) => withFields({ f: field }))
  ])('rejects what the parser rejects for its shape (%#)', (contract) => {
    expect(parseContract(contract).is).toBe('invalid')
    expect(accepts(read(contract))).toBe(false)
  })

  it('is never stricter than the parser', () => {
    const document = read(exampleText)
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat(500),
            fc.constantFrom<unknown>(undefined, true, 3, 'x', [], {}, ['all'], 'boolean')
          ),
          {
            maxLength: 3
          }
        ),
        (changes) => {
          const changed = structuredClone(document)
          for (const [index, value] of changes) change(changed, index, structuredClone(value))
          if (parseContract(JSON.stringify(changed)).is === 'contract') {
            accepts(changed)
            expect(accepts.errors ?? []).toEqual([])
          }
        }
      ),
      { numRuns: 400 }
    )
  })

  it('knows the same words as the parser', () => {
    const everyTypeKey = new Set<string>(Object.values(typeKeys).flat())
    expect(Object.keys(schema.properties)).toEqual(topKeys)
    expect(Object.keys(schema.definitions.record.properties)).toEqual(recordKeys)
    expect(new Set(Object.keys(schema.definitions.stream.properties))).toEqual(new Set(streamKeys))
    expect(Object.keys(schema.definitions.edition.properties)).toEqual(editionKeys)
    expect(new Set(Object.keys(schema.definitions.field.properties))).toEqual(
      new Set([...fieldKeys, ...everyTypeKey])
    )
    expect(new Set(Object.keys(schema.definitions.type.properties))).toEqual(
      new Set([...namedTypeKeys, ...everyTypeKey])
    )
    expect(schema.definitions.field.properties['type']?.anyOf?.[0]?.enum).toEqual(typeNames)
    for (const [definition, common] of [
      ['field', fieldKeys],
      ['type', namedTypeKeys]
    ] as const) {
      const rules = schema.definitions[definition].allOf.filter(
        (rule) => rule.if.properties !== undefined
      )
      expect(
        rules.map((rule) => [rule.if.properties?.type.const, rule.then.propertyNames.enum])
      ).toEqual(typeNames.map((name) => [name, [...common, ...typeKeys[name]]]))
    }
  })

  it('describes every key that an editor offers', () => {
    const described = [
      schema,
      schema.definitions.record,
      schema.definitions.field,
      schema.definitions.type
    ]
    for (const { properties } of described)
      for (const [key, property] of Object.entries(properties))
        expect(property.description, key).toMatch(/\.$/)
  })
})

function read(contract: string): unknown {
  return parse(contract, { version: '1.2', schema: 'core' })
}

/** Changes or removes the value at a place of the document, counted in reading order. */
function change(document: unknown, index: number, value: unknown): void {
  const places: (readonly [object, string])[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, member] of Object.entries(node)) {
      places.push([node, key])
      visit(member)
    }
  }
  visit(document)
  const [node, key] = places[index % places.length] ?? [{}, '']
  if (value === undefined && !Array.isArray(node)) delete (node as Record<string, unknown>)[key]
  else (node as Record<string, unknown>)[key] = value ?? 'x'
}
