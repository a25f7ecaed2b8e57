/** Compares what is made public, and under which rules. */
import type { Contract } from '../form/contract.ts'
import type { PublicTable } from '../form/public-numbers.ts'
import type { ChangeNote } from './change.ts'
import { differenceOf, isSame, named } from './values.ts'

type Publication = Contract['publication']

const aggregates =
  'what is published are counts of many, under the rules that no contract can loosen'

/** Consent is to what is sent and who receives it; counts of many are told, and ask nobody again. */
export function comparePublication(
  note: (path: string, change: ChangeNote) => void,
  before: Publication,
  after: Publication
): void {
  const [were, are] = [before?.tables ?? [], after?.tables ?? []]
  const { added, removed } = differenceOf(were.map(nameOf), are.map(nameOf))
  if (added.length > 0)
    note('publication.tables', {
      what: `Anybody will see more: ${named(added)}.`,
      because: aggregates
    })
  if (removed.length > 0)
    note('publication.tables', {
      isBreaking: true,
      what: `These are no longer published: ${named(removed)}.`,
      because: 'what was published stays, and whoever follows it finds no new numbers'
    })
  for (const table of are) {
    const was = were.find(({ name }) => name === table.name)
    if (was !== undefined && !isSame(counted(was), counted(table)))
      note(`publication.tables.${table.name}`, {
        isBreaking: true,
        what: `\`${table.name}\` counts something else.`,
        because: 'its new numbers do not go on from the published ones: give it another name'
      })
  }
  for (const key of ['threshold', 'combined', 'rounding'] as const) {
    const [was, is] = [before?.[key], after?.[key]]
    if (was === undefined || is === undefined || was === is) continue
    note(`publication.${key}`, {
      what: `\`${key}\` is ${is}, and was ${was}.`,
      because: is > was ? 'less is shown of few' : aggregates
    })
  }
  if (before?.every !== undefined && after?.every !== undefined && before.every !== after.every)
    note('publication.every', {
      isBreaking: true,
      what: `Numbers are published each ${after.every}, and each ${before.every} before.`,
      because: 'numbers of periods of another length do not compare'
    })
  const both = were.map(nameOf).filter((name) => are.some((table) => table.name === name))
  if (!isSame(words(before, both), words(after, both)))
    note('publication', {
      what: '`publication` says something else.',
      because: 'it describes what is published, and changes nothing of it'
    })
}

function nameOf({ name }: PublicTable): string {
  return name
}

function counted({ question, by, field }: PublicTable): unknown {
  return [question, by, field ?? null]
}

function words(publication: Publication, both: readonly string[]): unknown {
  return publication === undefined
    ? null
    : [
        publication.says,
        publication.at ?? null,
        publication.licence,
        publication.tables
          .filter(({ name }) => both.includes(name))
          .map(({ name, title, says }) => [name, title, says ?? null])
      ]
}
