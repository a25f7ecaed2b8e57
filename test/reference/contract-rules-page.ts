/**
 * Every code of a contract's check and of what is not kept, as `candor contract explain` tells
 * them.
 */
import { explanations, type Explanation } from '../../contract/src/index.ts'
import { code as asCode, page, table } from './page.ts'

export function contractRulesPage(): string {
  const all = explanations()
  const of = (is: Explanation['is']): readonly Explanation[] =>
    all.filter((explanation) => explanation.is === is)
  return page(
    'Rules of a contract',
    '`candor contract check` holds a contract against its grammar and against these rules; ' +
      '`candor contract explain CODE` tells each with an example. ' +
      'An error ends it with the exit code 1, a warning asks for a decision. A rule is ' +
      'waived only in the contract, with a reason that users can read: ' +
      "`waive: { UNIT_MISSING: each field's sentence says what it counts }` at a field, a " +
      'type, a record, or at the top. A waiver changes no terms, so nobody is asked again. ' +
      'Codes are stable.',
    '## Rules',
    table(
      ['code', 'is', 'finds', 'why', 'what to do'],
      of('rule').map(({ code, severity, means, why, mend }) => [
        asCode(code),
        severity,
        found(means),
        why ?? '',
        mend
      ])
    ),
    '## What communities ask',
    '`candor contract check --policy lf,fdroid,nixpkgs,debian` looks at these too. They are ' +
      'waived as every rule is; without `--policy` nobody asks, and their waivers rest.',
    table(
      ['code', 'is', 'finds', 'what is asked, and where', 'what to do'],
      of('policy').map(({ code, severity, means, why, mend }) => [
        asCode(code),
        severity,
        found(means),
        why ?? '',
        mend
      ])
    ),
    '## Problems of the grammar',
    'These cannot be waived. All refuse the contract, but a `REASON_MISSING` of a field that ' +
      'only old clients send: that is a warning.',
    meanings(of('problem')),
    '## What is not kept of a record',
    meanings(of('violation'))
  )
}

function found(means: string): string {
  return means.replace(/^The contract has /, '').replace(/\.$/, '')
}

function meanings(explanations: readonly Explanation[]): string {
  return table(
    ['code', 'means', 'what to do'],
    explanations.map(({ code, means, mend }) => [asCode(code), means, mend])
  )
}
