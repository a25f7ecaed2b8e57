/** Explains every code that a contract, its check or its validation can answer with. */
import type { ProblemCode } from '../form/problem.ts'
import type { ViolationCode } from '../form/validated.ts'
import { policies } from '../policy/policies.ts'
import type { PolicyRule } from '../policy/policy-rule.ts'
import { waivableCodes } from './rule-codes.ts'
import { rules, waiverUnused } from './rules.ts'

export interface Explanation {
  readonly code: string
  /**
   * rule: the check found it; policy: a community asks it; problem: the grammar is broken;
   * violation: a sent value was not kept.
   */
  readonly is: 'rule' | 'policy' | 'problem' | 'violation'
  readonly severity: 'error' | 'warning'
  /** What it means, in a sentence. */
  readonly means: string
  readonly why: string | undefined
  readonly mend: string
  readonly example: { readonly bad: string; readonly good: string } | undefined
  readonly isWaivable: boolean
}

type Words = readonly [means: string, mend: string]

const problems: Readonly<Record<ProblemCode, Words>> = {
  YAML_SYNTAX: [
    'The text is not YAML.',
    'Correct it at the place named, or shortly before; inside `{ }` a text with a comma ' +
      'needs quotes.'
  ],
  YAML_UNSUPPORTED: [
    'The text is YAML, but not of the plain kind that a contract is written in: it has an ' +
      'anchor, alias, tag, merge or second document, a key that is no text, or a number that ' +
      'cannot be held exactly.',
    'Write values out; name shared parts under `types` or `groups`; put odd numbers in quotes.'
  ],
  VERSION_UNSUPPORTED: [
    '`candor:` names a version of the grammar that is not known here.',
    'Write `candor: 1`, or use a newer Candor.'
  ],
  KEY_UNKNOWN: [
    'A key stands where it means nothing.',
    'Use the nearest known key, which the message names, or leave it out.'
  ],
  KEY_MISSING: [
    'A key is missing without which the contract says too little: a purpose, recipients, a ' +
      'retention, a unit of time.',
    'Add it; the message says with which kind of value.'
  ],
  VALUE_INVALID: [
    'A value is of the wrong kind, or none of the words for it.',
    'Write what the message asks for.'
  ],
  NAME_INVALID: [
    'A name that cannot be used, or that every record has for itself already.',
    'Use lower-case letters, digits and `_`, a letter first; keep the sent spelling in ' +
      '`from` or `aliases`.'
  ],
  NAME_DUPLICATE: ['A name stands twice.', 'Keep one of the two.'],
  TYPE_UNKNOWN: [
    'A type that is neither built in nor one of `types`.',
    'Use a built-in type, or declare it under `types`.'
  ],
  TYPE_CONFLICT: [
    'Keys that exclude each other, or that mean nothing where they stand.',
    'Keep one of them, as the message says.'
  ],
  COLUMN_CONFLICT: [
    'Two fields would fill one column with values of different types, or twice in one record.',
    'Rename one of the two; `from` keeps the sent name.'
  ],
  LEVEL_UNKNOWN: [
    'A consent level that `consent.levels` does not name.',
    'Declare it there, or use one that is.'
  ],
  LEVEL_ORDER: [
    'A field asks for less consent than what holds it, so levels do not nest: it could never ' +
      'be sent at its own level.',
    'Raise its level, or leave it out to inherit.'
  ],
  QUESTION_UNKNOWN: [
    '`serves` names a question that is not asked.',
    'Declare it under `questions`, or correct the name.'
  ],
  REFERENCE_UNKNOWN: [
    'A group, field, value or rule is named that is not there.',
    'Declare it, or correct the name.'
  ],
  PATTERN_INVALID: [
    'A regular expression that cannot be read, or that a hostile text could make slow.',
    'Use no look-around, back-reference or nested repetition; bound repetitions (`{1,20}`).'
  ],
  PATTERN_UNBOUNDED: [
    'A pattern that does not hold the whole text: anything could stand before or after it.',
    'Begin it with `^` and end it with `$`.'
  ],
  STRING_NOT_REVIEWED: [
    'A free text that nobody has reviewed. It may hold anything: names, paths, secrets.',
    'Use an enum, pattern or keyed-hash; or say in `reviewed` who looked, and why it is harmless.'
  ],
  REASON_MISSING: [
    'Something is dropped, reduced, linked or kept of old clients without a reason.',
    'Say why in `because`: users read it.'
  ],
  CONTROL_MISSING: [
    'There is no way to say no.',
    'List one under `controls`, with a flag, variable, key, file, SQL statement, command, ' +
      'setting or the like.'
  ],
  LIMIT_EXCEEDED: [
    'Longer, deeper or more than a contract may be.',
    'Shorten, flatten or split it; the message names the limit.'
  ],
  PUBLICATION_UNSAFE: [
    'A published table would tell too much about few, or let strangers write on the page.',
    'Publish technical fields or interactions with declared values, counted by installation, ' +
      'with `threshold` 10, `combined` 50 and `rounding` 5 or more. No reason waives it.'
  ],
  DIGEST_MISMATCH: [
    'A published contract says something else than the digest in its name.',
    'Restore the published file; publish a change as a new one.'
  ]
}

const violations: Readonly<Record<ViolationCode, Words>> = {
  RECORD_NOT_IN_CONTRACT: [
    'No record of the contract has the name that was sent, and nothing of it was kept.',
    'Declare it, give its spelling in `aliases`, or stop sending it.'
  ],
  FIELD_NOT_IN_CONTRACT: [
    'A field was sent that nobody declared, and it was not kept.',
    'Declare it, name its path in `from`, or stop sending it.'
  ],
  FIELD_WRONG_TYPE: [
    'A value of another kind than declared was sent, and it was not kept.',
    'Send what is declared, or declare what is sent.'
  ],
  FIELD_OUT_OF_BOUNDS: [
    'A value beyond its bounds was sent, and it was not kept.',
    'Widen `min` or `max` if such values are honest; users are asked again.'
  ],
  VALUE_NOT_IN_CONTRACT: [
    'A word or form was sent that is not declared, and it was not kept.',
    'Declare it, or let `other: collapse` count what is unknown.'
  ],
  TEXT_REMOVED: [
    'A path, an e-mail, a token or an address stood in a reviewed text; `(removed)` stands ' +
      'there now.',
    'Find the program that puts it in, or use an enum or pattern instead of a text.'
  ],
  KEY_NOT_IN_CONTRACT: [
    'A map came with a key that is not declared. Its name is never shown, since it may be ' +
      'anything.',
    'Declare the key, or let `others: count` count them.'
  ],
  ABOVE_CONSENT: [
    'A field or record was sent above the level that its report states, and it was not kept.',
    'Send it only to those who accepted the level; look for a program that states none.'
  ],
  EXPIRED: [
    'A field or record came after the day on which its contract says that it `expires`, and ' +
      'it was not kept.',
    'Publish a contract with a later day, which asks its users again, or take it out of the ' +
      'program.'
  ],
  LIMIT_EXCEEDED: [
    'A list or map was longer than declared; the first entries were kept.',
    'Raise `max_items` or `max_entries` if so many are honest; users are asked again.'
  ]
}

/** Every code with everything that it means, rules first. */
export function explanations(): readonly Explanation[] {
  return [
    ...[...rules, waiverUnused].map(({ code, severity, finds, why, mend, bad, good }) => ({
      code,
      is: 'rule' as const,
      severity,
      means: `The contract has ${finds}.`,
      why,
      mend,
      example: { bad, good },
      isWaivable: waivableCodes.some((each) => each === code)
    })),
    ...Object.values(policies)
      .flat()
      .map(({ code, severity, finds, asks, mend, source }: PolicyRule) => ({
        code,
        is: 'policy' as const,
        severity,
        means: `The contract has ${finds}.`,
        why: `${asks} Source: ${source}`,
        mend,
        example: undefined,
        isWaivable: true
      })),
    ...inWords('problem', problems),
    ...inWords('violation', violations)
  ]
}

/**
 * What a code means: twice for the one that contracts and records share; nothing for an unknown
 * one.
 */
export function explain(code: string): readonly Explanation[] {
  return explanations().filter((explanation) => explanation.code === code)
}

function inWords(
  is: 'problem' | 'violation',
  words: Readonly<Record<string, Words>>
): readonly Explanation[] {
  return Object.entries(words).map(([code, [means, mend]]) => ({
    code,
    is,
    severity: 'error',
    means,
    why: undefined,
    mend,
    example: undefined,
    isWaivable: false
  }))
}
