/**
 * What a report says to count who is active where nobody has an id: a record of its own, which
 * every contract with `presence` has.
 */
import type { FieldDeclaration, FieldType, PresencePeriod, RecordDeclaration } from './contract.ts'

export const presenceName = 'presence'

/**
 * Sent once for each first use of a declared period. With its flags added up, installations are
 * counted by day, week or month, by the
 * week in which they first ran and by the version that they came from, and no two of their reports
 * can be linked.
 */
export function presenceRecord(
  periods: readonly PresencePeriod[],
  level: string
): RecordDeclaration {
  const fields = [
    ...(['day', 'week', 'month'] as const)
      .filter((period) => periods.includes(period))
      .map((period) =>
        fieldOf(
          `first_of_${period}`,
          { is: 'boolean' },
          `whether it is the first use of its ${period}, by UTC`,
          level
        )
      ),
    fieldOf(
      'since_week',
      { is: 'pattern', pattern: String.raw`^\d{4}-W\d{2}$`, lengthMax: 8, other: 'violation' },
      'the week in which the product first ran here',
      level
    ),
    fieldOf(
      'previous_version',
      { is: 'version', parts: undefined },
      'the version that ran here before, if it is another',
      level
    )
  ]
  return {
    name: presenceName,
    kind: 'event',
    when: `The first use of a ${periods.join(', of a ')}. It counts who is active without an id.`,
    level,
    aliases: [],
    since: undefined,
    owner: undefined,
    expires: undefined,
    serves: [],
    every: { says: 'at most once a day', perDayMax: 1 },
    fields: new Map(fields.map((field) => [field.name, field]))
  }
}

function fieldOf(name: string, type: FieldType, says: string, level: string): FieldDeclaration {
  return {
    name,
    type,
    says,
    level,
    serves: [],
    since: undefined,
    owner: undefined,
    expires: undefined,
    sdk: 'sends',
    collector: 'keeps',
    because: undefined,
    from: [name],
    onlyWhen: undefined,
    changed: [],
    links: undefined
  }
}
