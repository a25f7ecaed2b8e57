import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame } from '../../test/frame.ts'
import { compileContract } from '../holding/compile.ts'
import type { Contract } from '../form/contract.ts'
import { assessRisk, type RecordRisk, type Risk } from './assess.ts'
import { compareRisk } from './compare.ts'
import { fleetMeasure } from './fleet.ts'
import { countShared, type Dimension, type Measure } from './measure.ts'

const field = (name: string): Dimension => ({ of: 'field', name, coarser: [] })

function contractWith(fields: string): Contract {
  return contractOf(`${frame}environment: [os, arch]
snapshots:
  installed:
    when: Each day.
    fields:
${fields.replaceAll(/^/gm, '      ')}
`)
}

const all = contractWith(`yes: { type: boolean }
rows: { type: integer, min: 0, max: 1000000000 }
share: { type: number, min: 0, max: 1 }
took: { type: duration, unit: ms }
day: { type: timestamp, round: day }
moment: { type: timestamp }
release: { type: version }
word: { type: enum, values: [a, b, c], other: collapse }
commit: { type: pattern, pattern: '^[0-9a-f]{7}$' }
run: { type: uuid, links: a run }
label: { type: keyed-hash, says: a label }
statement: { type: sql-shape }
note: { type: string, max_length: 9, reviewed: nobody writes it }
words: { type: list, of: { type: enum, values: [a, b] }, max_items: 3 }
sizes: { type: map, keys: [left, right], max_entries: 2, values: { type: integer, min: 0, max: 9 } }
tree: { type: object, fields: { depth: { type: integer, min: -5, max: 9 } } }
only: { type: boolean, only_when: { word: [a] } }
gone: { sdk: never, collector: drops, because: nobody needs it }`)

async function riskOf(
  contract: Contract,
  options = { installations: 1_000, seed: 1 }
): Promise<Risk> {
  return assessRisk(contract, fleetMeasure(contract, options))
}

async function recordRiskOf(contract: Contract): Promise<RecordRisk> {
  const [record] = (await riskOf(contract)).records
  if (record === undefined) throw new Error('the contract has no record')
  return record
}

describe('counting who shares a value', () => {
  it('tells how many are alone, how many are few, and how much a value says', () => {
    expect(countShared([1, 1, 2, 12])).toMatchObject({
      installations: 16,
      values: 4,
      alone: 2,
      few: 4
    })
    expect(countShared([4, 4]).bits).toBe(1)
    expect(countShared([7]).bits).toBe(0)
    expect(countShared([])).toEqual({ installations: 0, values: 0, alone: 0, few: 0, bits: 0 })
  })
  it('never counts more alone than few, nor more bits than all of them differ', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 40 }), (sizes) => {
        const counted = countShared(sizes)
        expect(counted.alone).toBeLessThanOrEqual(counted.few)
        expect(counted.few).toBeLessThanOrEqual(counted.installations)
        expect(counted.bits).toBeLessThanOrEqual(
          Math.log2(Math.max(1, counted.installations)) + 1e-9
        )
      })
    )
  })
})

describe('a generated fleet', () => {
  it('is the same for the same seed, and another for another', async () => {
    expect(await riskOf(all)).toEqual(await riskOf(all))
    expect(await riskOf(all, { installations: 1_000, seed: 2 })).not.toEqual(await riskOf(all))
  })
  it('has a column for all that the contract keeps, and only for that', async () => {
    const { fields, ids } = await recordRiskOf(all)
    const names = [...fields.map(({ name }) => name), ...ids].toSorted()
    expect(names).toEqual(
      compileContract(all)
        .columns.map(({ name }) => name)
        .toSorted()
    )
    expect(ids).toEqual(['run', 'label'])
  })
  it('stays within words, bounds and rounding', async () => {
    const { fields } = await recordRiskOf(all)
    const valuesOf = (name: string): number =>
      fields.find((each) => each.name === name)?.counted.values ?? -1
    expect(valuesOf('yes')).toBe(2)
    expect(valuesOf('word')).toBe(4)
    expect(valuesOf('tree_depth')).toBeLessThanOrEqual(15)
    expect(valuesOf('day')).toBeLessThan(valuesOf('moment'))
    // It is present or not, and one of two: that makes three values at most.
    expect(valuesOf('only')).toBe(3)
  })
  it('sends an event from some installations and a snapshot from all', async () => {
    const contract = contractOf(
      `${frame}events: { rare: { when: It happens. } }\nsnapshots: { daily: { when: Each ` +
        'day. } }\ncounters: { clicks: { when: Each day. } }'
    )
    const { records } = await riskOf(contract)
    const [rare, daily, clicks] = records.map(({ whole }) => whole.installations)
    expect(rare).toBeLessThan(1_000)
    expect(rare).toBeGreaterThan(0)
    expect([daily, clicks]).toEqual([1_000, 1_000])
  })
  it('combines columns as they are: two singled out together never fewer than each alone', async () => {
    const measure = fleetMeasure(all, { installations: 2_000, seed: 3 })
    const [rows, word, both, nothing] = await measure('installed', [
      [field('rows')],
      [field('word')],
      [field('rows'), field('word')],
      []
    ])
    expect(both?.alone).toBeGreaterThanOrEqual(Math.max(rows?.alone ?? 0, word?.alone ?? 0))
    expect(nothing).toMatchObject({ installations: 2_000, values: 1, alone: 0, few: 0 })
  })
  it('knows nothing of a record or field that there is not', async () => {
    const measure = fleetMeasure(all, { installations: 10, seed: 1 })
    expect(await measure('nothing', [[field('rows')]])).toMatchObject([{ installations: 0 }])
    expect(await measure('installed', [[field('nothing')]])).toMatchObject([
      { installations: 10, values: 1 }
    ])
  })
})

describe('an assessment', () => {
  it('finds the fields that single out, and not those that do not', async () => {
    const { fields } = await recordRiskOf(all)
    const alone = fields.filter(({ counted }) => counted.alone > 500).map(({ name }) => name)
    expect(alone).toContain('moment')
    expect(alone).not.toContain('yes')
    expect(alone).not.toContain('word')
  })
  it('computes what each suggestion would change, by the same counting', async () => {
    const rounded = (round: string): Contract =>
      contractWith(`moment: { type: timestamp${round} }\nword: { type: enum, values: [a, b] }`)
    const before = await recordRiskOf(rounded(''))
    const [suggestion] = before.suggestions
    expect(suggestion).toMatchObject({ field: 'moment', before: { alone: 1_000 } })
    const round = (suggestion?.write ?? '').replace(/^/, ', ')
    const after = await recordRiskOf(rounded(round))
    expect(after.fields.find(({ name }) => name === 'moment')?.counted).toEqual(suggestion?.after)
    expect(after.whole).toEqual(suggestion?.wholeAfter)
  })
  it('suggests to leave out what nothing else makes harmless, and says what that leaves', async () => {
    const { suggestions } = await recordRiskOf(
      contractWith(
        "commit: { type: pattern, pattern: '^[0-9a-f]{40}$' }\nmoment: { type: timestamp, " +
          'round: second }'
      )
    )
    expect(suggestions.find(({ field: name }) => name === 'commit')?.after?.alone).toBeLessThan(11)
    for (const { after, before } of suggestions)
      expect(after?.alone ?? 0).toBeLessThan(before.alone)
  })
  it('names two fields that together single out more than each alone', async () => {
    const { combination } = await recordRiskOf(
      contractWith(
        'one: { type: integer, min: 0, max: 1000000, round: 1 digit }\nother: { type: ' +
          'integer, min: 0, max: 1000000, round: 1 digit }'
      )
    )
    expect(combination?.of).toHaveLength(2)
    expect(combination?.counted.alone).toBeGreaterThan(0)
  })
  it('asks a measurement for no more than its bounds, however large the contract is', async () => {
    const fields = Array.from(
      { length: 400 },
      (_, index) => `f_${index}: { type: integer, min: 0, max: 1000000 }`
    ).join('\n')
    let asked = 0
    const measure: Measure = (_record, groups) => {
      asked += groups.length
      return Promise.resolve(
        groups.map(() => ({ installations: 100, values: 50, alone: 20, few: 90, bits: 5 }))
      )
    }
    const [record] = (await assessRisk(contractWith(fields), measure)).records
    expect(record?.fields).toHaveLength(200)
    expect(record?.unmeasured).toHaveLength(200)
    expect(asked).toBeLessThan(300)
  })
  it('does not ask for columns that a collector does not have yet', async () => {
    const measured: string[] = []
    const measure: Measure = (_record, groups) => {
      measured.push(...groups.flat().flatMap(({ of, name }) => (of === 'field' ? [name] : [])))
      return Promise.resolve(groups.map(() => countShared([5, 5])))
    }
    const [record] = (await assessRisk(all, measure, { isMeasured: (column) => column !== 'rows' }))
      .records
    expect(measured).not.toContain('rows')
    expect(record?.unmeasured).toEqual(['rows'])
  })
  it('has no fields to show for a record that nobody sent', async () => {
    const nobody: Measure = (_record, groups) => Promise.resolve(groups.map(() => countShared([])))
    const [record] = (await assessRisk(all, nobody)).records
    expect(record).toMatchObject({
      whole: { installations: 0 },
      combination: undefined,
      suggestions: []
    })
  })
})

describe('a comparison of two contracts', () => {
  it('tells only what a change adds or takes away, since the same installations stay as they are', async () => {
    const before = contractWith(
      'rows: { type: integer, min: 0, max: 1000000 }\nyes: { type: boolean }\nold: { type: ' +
        'boolean }'
    )
    const after = contractWith(
      'rows: { type: integer, min: 0, max: 1000000, round: 1 digit }\nyes: { type: boolean ' +
        '}\nnew_one: { type: boolean }'
    )
    const changes = compareRisk(await riskOf(before), await riskOf(after))
    expect(changes.map(({ field: name }) => name)).toEqual([undefined, 'rows', 'old', 'new_one'])
    const rows = changes.find(({ field: name }) => name === 'rows')
    expect(rows?.after?.alone).toBeLessThan(rows?.before?.alone ?? 0)
    expect(changes.find(({ field: name }) => name === 'old')?.after).toBeUndefined()
    expect(compareRisk(await riskOf(before), await riskOf(before))).toEqual([])
  })
})
