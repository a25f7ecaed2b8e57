/** Reads `waive`: which rules of the check do not hold here, each with the reason. */
import { membersOf, nearest, note, shown, textOf, type Authored } from './authored.ts'
import { policyCodes, waivableCodes } from '../check/rule-codes.ts'

const known = [...waivableCodes, ...policyCodes]

/**
 * Notes what is wrong with it. The check reads it again where a rule finds something: nothing else
 * of the contract depends on it.
 */
export function noteWaivers(at: Authored | undefined): void {
  for (const [code, authored] of at === undefined ? [] : membersOf(at)) {
    textOf(authored)
    if (known.some((each) => each === code)) continue
    const advice =
      nearest(code, known) ||
      ': problems of the grammar cannot be waived, correct them; `candor contract check` ' +
        'names the rules that can.'
    note(
      authored,
      'REFERENCE_UNKNOWN',
      `\`${shown(code)}\` is no rule that can be waived${advice}`,
      { onKey: true }
    )
  }
}
