/**
 * Says what a new version of a contract means to somebody who agreed to the old one, as a paragraph
 * without words of code.
 */
import type { Contract } from '../form/contract.ts'
import type { Change } from './change.ts'
import type { ContractDiff } from './diff.ts'

/** What widens for everything at once, so that nothing goes out before it is accepted. */
const concernsAll = /^(recipients|location|retention)/

/** More is not read. */
const shownMax = 12

/** What the SDK shows when it asks again, and what a maintainer puts into release notes. */
export function paragraphOf({ changes }: ContractDiff, { title }: Contract): string {
  const wider = changes.filter(({ consent }) => consent === 'wider')
  const sentences: string[] = []
  if (wider.length === 0) {
    const isLess = changes.some(({ consent }) => consent === 'narrower')
    sentences.push(
      `${title} asks for nothing new: what it collects ` +
        `${isLess ? 'becomes less or stays the same' : 'stays the same'}.`
    )
  } else {
    const clauses = clausesOf(wider)
    const rest =
      clauses.length > shownMax
        ? `; and ${clauses.length - shownMax} more, which its page lists`
        : ''
    sentences.push(
      `${title} asks you again, because something goes beyond what you agreed to: ` +
        `${clauses.slice(0, shownMax).join('; ')}${rest}.`
    )
    sentences.push(
      wider.some(({ path }) => concernsAll.test(path))
        ? 'Until you agree, nothing is sent at all.'
        : 'Until you agree, none of this is sent, and what you agreed to before goes on.'
    )
  }
  const controls = changes.filter(
    ({ path, effect }) => path === 'controls' && effect === 'breaking'
  )
  if (controls.length > 0)
    sentences.push('Ways to switch it off have changed: look them up again if you use one.')
  if (changes.some(({ path, effect }) => path === 'consent.default' && effect === 'breaking'))
    sentences.push('If you never answered, not answering means something else from now on.')
  if (changes.some(({ path, effect }) => path.startsWith('never.') && effect === 'breaking'))
    sentences.push('Something that it promised never to collect is no longer promised.')
  return sentences.join(' ')
}

/** What concerns several kinds of reports alike is said once. */
function clausesOf(changes: readonly Change[]): readonly string[] {
  const clauses = new Map<string, Set<string>>()
  for (const { shown = '', during } of changes) {
    const times = clauses.get(shown) ?? new Set()
    clauses.set(shown, during === undefined ? times : times.add(during))
  }
  return [...clauses].map(([shown, [one, ...more]]) => {
    if (one === undefined) return shown
    return (
      `${shown} ` +
      `(${more.length === 0 ? `“${one}”` : `with ${more.length + 1} kinds of reports`})`
    )
  })
}
