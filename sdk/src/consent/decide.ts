/**
 * What follows from all that was said? Pure, total, and the only place where a yes can come from.
 */
import type { ContractForm } from '../form.ts'
import { onlyLowers, records, type ConsentState, type Decision, type Saying } from './decision.ts'

export interface Circumstances {
  /**
   * No terminal and no kept state: CI, a container, Lambda. There the default never becomes a yes.
   */
  readonly ephemeral: boolean
  /** Why the default is undecided still. */
  readonly missing?: string
}

const quietness: readonly ConsentState[] = ['off', 'undecided', 'local', 'log', 'on']

/**
 * Any off wins. Otherwise the strongest source that says something decides, with three exceptions.
 * A project's file and a machine's
 * policy never raise what a user said. Of an opt-out product, a host's configuration is no yes,
 * since `enabled: true` is what
 * programs ship with, and a flag is none where nobody can be asked. A project's yes counts only
 * there, and only for an opt-out product.
 */
export function decide(
  sayings: readonly Saying[],
  form: Pick<ContractForm, 'consent'>,
  around: Circumstances
): Decision {
  const because = decidingOf(sayings, form, around)
  const state = because.says ?? 'undecided'
  return {
    state,
    level: records({ state }) ? levelOf(sayings, form) : undefined,
    because,
    sayings,
    ...(state === 'undecided' && around.missing !== undefined ? { missing: around.missing } : {})
  }
}

function decidingOf(
  sayings: readonly Saying[],
  form: Pick<ContractForm, 'consent'>,
  around: Circumstances
): Saying {
  const off = sayings.find(({ says }) => says === 'off')
  if (off !== undefined) return off
  const isOptOut = form.consent.default === 'opt-out'
  const spoken = sayings.filter(({ source, says }) => says !== undefined && source !== 'default')
  const isNoYes = ({ source, says }: Saying): boolean =>
    says === 'on' &&
    isOptOut &&
    (source === 'configuration' || (source === 'flag' && around.ephemeral))
  const own = spoken.find((saying) => !onlyLowers(saying) && !isNoYes(saying))
  const yes = spoken.find(
    ({ source, says }) =>
      says === 'on' &&
      (source === 'machine-policy' || (source === 'project-file' && isOptOut && around.ephemeral))
  )
  const base = own ?? yes ?? sayings.find(({ source }) => source === 'default') ?? nobody
  // What only lowers: the quietest of the words that are quieter than the answer so far.
  return spoken
    .filter(onlyLowers)
    .reduce((quietest, saying) => (rankOf(saying) < rankOf(quietest) ? saying : quietest), base)
}

const nobody: Saying = { source: 'default', where: '', says: 'undecided' }

function rankOf({ says }: Saying): number {
  return quietness.indexOf(says ?? 'undecided')
}

/**
 * The lowest that anybody named; a name that is no level of this contract allows only the lowest.
 */
function levelOf(
  sayings: readonly Saying[],
  { consent }: Pick<ContractForm, 'consent'>
): string | undefined {
  const names = consent.levels.map(({ name }) => name)
  const caps = sayings.flatMap(({ level }) =>
    level === undefined ? [] : [Math.max(0, names.indexOf(level))]
  )
  const unnamed = consent.defaultLevel ?? names.at(-1) ?? ''
  return names[caps.length === 0 ? Math.max(0, names.indexOf(unnamed)) : Math.min(...caps)]
}
