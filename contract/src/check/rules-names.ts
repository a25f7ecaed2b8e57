/**
 * Rules about names that mislead, levels that ask for nothing, and switches that switch nothing
 * off.
 */
import { distance } from 'fastest-levenshtein'
import type { Control } from '../form/contract.ts'
import type { Rule } from './rule.ts'
import type { ContractView, Spot } from './view.ts'
import { wordsOf } from './words.ts'

/** In shorter names one letter is a difference that readers see (`cpu`, `gpu`). */
const lengthMin = 5

/**
 * Ways to say no that are whole as they are; the others need to say which value switches it off.
 */
const wholeWays = ['flag', 'sql', 'command', 'setting', 'build', 'url', 'image', 'policy', 'api']

export const nameRules: readonly Rule[] = [
  {
    code: 'NAME_SIMILAR',
    severity: 'warning',
    finds: 'two names that differ by one letter, a plural or an underscore',
    why: 'Somebody will write one and read the other: the chart is empty, and nobody knows why.',
    mend:
      'Use one name for one thing, and names that are told apart at a glance for two; `from` ' +
      'and `aliases` keep what clients send.',
    bad: 'window_colour: { type: boolean, says: whether it has a colour }',
    good: 'frame_style: { type: boolean, says: whether its frame has a style }',
    *find(view) {
      for (const [what, named] of namesOf(view)) {
        for (const { name, spot, other } of similar(named))
          yield {
            spot,
            message:
              `The ${what} \`${name}\` is easily taken for \`${other}\`: give one of them a ` +
              'name that differs more, and keep what clients send in `from` or `aliases`.'
          }
      }
    }
  },
  {
    code: 'LEVEL_UNUSED',
    severity: 'warning',
    finds: 'a consent level that nothing needs',
    why:
      'Users are asked for something that is not collected; a later field would slip in under ' +
      'their old answer.',
    mend: 'Take the level out until something needs it.',
    bad: 'details: What nobody collects yet.',
    good: 'basic: Which version runs.',
    *find(view) {
      const used = new Set([
        ...view.records.map(({ record }) => record.level),
        ...view.fields.map(({ field }) => field.level)
      ])
      const { levels } = view.contract.consent
      if (levels.length < 2) return
      for (const { name } of levels)
        if (!used.has(name))
          yield {
            spot: view.find('consent', 'levels', name),
            message: `Nothing needs the level \`${name}\`: take it out until something does.`
          }
    }
  },
  {
    code: 'CONTROL_WITHOUT_EFFECT',
    severity: 'error',
    finds: 'controls none of which switches everything off',
    why:
      'A way to say no that is not honoured, that keeps something, or that does not say how, ' +
      'is none.',
    mend:
      'List one control that stops everything, with the value that does it: `{ variable: ' +
      'ACME_TELEMETRY, off: "0" }`.',
    bad: 'controls: [{ variable: DO_NOT_TRACK, honoured: false }]',
    good: 'controls: [{ variable: ACME_TELEMETRY, off: "0" }]',
    *find(view) {
      if (view.contract.controls.some(saysNo)) return
      yield {
        spot: view.find('controls'),
        message:
          'None of these controls switches everything off: list one that does, with the ' +
          'value that does it in `off`.'
      }
    }
  }
]

function saysNo(control: Control): boolean {
  if (control['honoured'] === false || control['keeps'] !== undefined) return false
  return wholeWays.some((way) => control[way] !== undefined) || control['off'] !== undefined
}

interface Named {
  readonly name: string
  readonly spot: Spot
}

/** What is read side by side. A column is named once, however many records have it. */
function namesOf(view: ContractView): readonly (readonly [string, readonly Named[]])[] {
  const columns = new Map<string, Named>()
  for (const field of view.fields)
    if (field.isKept && !columns.has(field.column))
      columns.set(field.column, { name: field.column, spot: field })
  return [
    ['record', view.records.map((spot) => ({ name: spot.record.name, spot }))],
    ['field', [...columns.values()]],
    [
      'level',
      view.contract.consent.levels.map(({ name }) => ({
        name,
        spot: view.find('consent', 'levels', name)
      }))
    ],
    [
      'question',
      [...view.contract.questions.keys()].map((name) => ({
        name,
        spot: view.find('questions', name)
      }))
    ]
  ]
}

/** Each name that is near an earlier one, once. */
function* similar(named: readonly Named[]): Generator<Named & { readonly other: string }> {
  const plain = new Map<string, string>()
  // Names one letter apart are equal once each has lost at most one: to compare all pairs would
  // take seconds for the largest contracts.
  const byRest = new Map<string, string[]>()
  for (const { name, spot } of named) {
    const key = wordsOf(name).join('')
    const rests = [name, ...Array.from(name, (_, at) => name.slice(0, at) + name.slice(at + 1))]
    const near = rests.flatMap((rest) => byRest.get(rest) ?? [])
    const other = plain.get(key) ?? near.find((earlier) => isNear(earlier, name))
    if (other !== undefined) yield { name, spot, other }
    plain.set(key, name)
    for (const rest of rests) byRest.set(rest, [...(byRest.get(rest) ?? []), name])
  }
}

/** Numbered names (`step_1`, `step_2`) are meant to differ by a digit. */
function isNear(one: string, other: string): boolean {
  if (Math.min(one.length, other.length) < lengthMin) return false
  if (one.replaceAll(/[0-9]+/g, '') === other.replaceAll(/[0-9]+/g, '')) return false
  return distance(one, other) <= 1
}
