/**
 * Compares what surrounds the records: who gets the data, where, for how long, under which id, and
 * how to say no.
 */
import type { Contract, Control } from '../form/contract.ts'
import type { ChangeNote } from './change.ts'
import { comparePublication } from './publication-changes.ts'
import { differenceOf, isSame, named } from './values.ts'

type Note = (path: string, change: ChangeNote) => void

const agreed = 'users did not agree to it yet'
const less = 'it is less than users agreed to, so nobody is asked'

export function compareFrames(note: Note, before: Contract, after: Contract): void {
  if (before.product !== after.product)
    note('product', {
      isBreaking: true,
      what: `The product is called \`${after.product}\`, and \`${before.product}\` before.`,
      because: 'its clients, records and published contracts belong to the old name'
    })
  const words = (
    [
      'title',
      'purpose',
      'contact',
      'source',
      'page',
      'notice',
      'appeal',
      'versionCheck',
      'questions'
    ] as const
  ).filter((key) => !isSame(before[key], after[key]))
  for (const key of words)
    note(snake(key), {
      what: `\`${snake(key)}\` says something else.`,
      because: 'it describes what is collected, and changes nothing of it'
    })
  if (before.retired !== after.retired)
    note('retired', {
      what: after.retired ? 'The product collects no longer.' : 'The product collects again.',
      because: after.retired
        ? 'reports are answered so that programs fall silent'
        : 'programs ask again after a while, within what users agreed to'
    })
  if (before.delivery !== after.delivery)
    note('delivery', {
      what:
        after.delivery === 'in-process'
          ? 'A program that has ended leaves nothing to a process of its own.'
          : 'A program that has ended leaves its reports to a process of its own.',
      because: 'it changes when reports arrive, and nothing of what is in them'
    })
  comparePublication(note, before.publication, after.publication)
  compareRecipients(note, before, after)
  compareStay(note, before, after)
  compareConsent(note, before.consent, after.consent)
  compareIdentity(note, before.identity, after.identity)
  compareParts(note, 'environment', 'of the environment', before.environment, after.environment)
  compareParts(note, 'presence', 'of presence', before.presence, after.presence)
  compareControls(note, before.controls, after.controls)
  compareEndpoint(note, before.endpoint, after.endpoint)
  compareNever(note, before.never, after.never)
}

function snake(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function compareRecipients(note: Note, before: Contract, after: Contract): void {
  const nameOf = ({ name, where }: Contract['recipients'][number]): string => `${name} (${where})`
  const [were, are] = [before.recipients.map(nameOf), after.recipients.map(nameOf)]
  const { added, removed } = differenceOf(were, are)
  for (const recipient of added)
    note('recipients', {
      consent: 'wider',
      what: `\`${recipient}\` gets the data.`,
      because: agreed,
      shown: `the data would go to ${recipient} as well`
    })
  for (const recipient of removed)
    note('recipients', {
      consent: 'narrower',
      what: `\`${recipient}\` no longer gets the data.`,
      because: less
    })
  if (added.length + removed.length > 0) return
  if (
    !isSame(
      before.recipients.map(({ name, where }) => [name, where]),
      after.recipients.map(({ name, where }) => [name, where])
    )
  )
    note('recipients', {
      consent: 'narrower',
      what: 'Recipients are listed in another order, or how often they are listed is different.',
      because: 'the same people get the data, so nobody is asked'
    })
  else if (!isSame(before.recipients, after.recipients))
    note('recipients', {
      consent: 'wider',
      what: 'What a recipient gets the data for is said otherwise.',
      because: agreed,
      shown: forWhat(before, after)
    })
}

function forWhat(before: Contract, after: Contract): string {
  const changed = after.recipients.filter(
    (recipient, index) => recipient.for !== before.recipients[index]?.for
  )
  return changed.map(({ name, for: what }) => `${name} would use the data for ${what}`).join('; ')
}

function compareStay(note: Note, before: Contract, after: Contract): void {
  if (before.location !== after.location)
    note('location', {
      consent: 'wider',
      what:
        `The data is kept in \`${after.location ?? 'a place that is not named'}\`, and in ` +
        `\`${before.location ?? 'a place that is not named'}\` before.`,
      because: agreed,
      shown: `the data would be kept in ${after.location ?? 'a place that is not named'}`
    })
  for (const [key, what] of [
    ['recordsDays', 'records'],
    ['aggregatesDays', 'aggregates']
  ] as const) {
    const [was, is] = [before.retention[key], after.retention[key]]
    if (was === is) continue
    note(`retention.${what}`, {
      consent: is > was ? 'wider' : 'narrower',
      what:
        `${what === 'records' ? 'Records' : 'Aggregates'} stay for ${is} days, and for ${was} ` +
        'before.',
      because: is > was ? agreed : less,
      shown:
        `${what === 'records' ? 'what is sent' : 'counts made of it'} would be kept for ${is} ` +
        `days instead of ${was}`
    })
  }
  compareBackups(note, before.retention.backupsDays, after.retention.backupsDays)
}

/** What nobody says may be for ever: the first word narrows, and taking it back widens. */
function compareBackups(note: Note, was: number | undefined, is: number | undefined): void {
  if (was === is) return
  const isWider = (is ?? Infinity) > (was ?? Infinity)
  const inWords = (days: number | undefined): string =>
    days === undefined ? 'for a time that nobody says' : days === 0 ? 'never' : `for ${days} days`
  note('retention.backups', {
    consent: isWider ? 'wider' : 'narrower',
    what: `Backups hold what is gone ${inWords(is)}, and ${inWords(was)} before.`,
    because: isWider ? agreed : less,
    shown: `backups would hold what is gone ${inWords(is)} instead of ${inWords(was)}`
  })
}

function compareDefaultLevel(
  note: Note,
  before: Contract['consent'],
  after: Contract['consent']
): void {
  const levelOf = ({ defaultLevel, levels }: Contract['consent']): string =>
    defaultLevel ?? levels.at(-1)?.name ?? ''
  const [was, is] = [levelOf(before), levelOf(after)]
  // Without a default level before or after, a new highest level is told as a level.
  if (was === is || (before.defaultLevel ?? after.defaultLevel) === undefined) return
  const names = after.levels.map(({ name }) => name)
  const isWider = names.indexOf(is) > names.indexOf(was)
  const says = after.levels.find(({ name }) => name === is)?.says ?? ''
  note('consent.default_level', {
    consent: isWider ? 'wider' : 'narrower',
    what: `Whoever names no level sends up to \`${is}\`, and up to \`${was}\` before.`,
    because: isWider ? agreed : less,
    shown: `whoever names no level would report more: “${says.replace(/\.$/, '')}”`
  })
}

/** From the fewest people who send without having said so. */
const defaults = ['opt-in', 'ask', 'opt-out']

function compareConsent(note: Note, before: Contract['consent'], after: Contract['consent']): void {
  if (before.default !== after.default) {
    const isLoose = defaults.indexOf(after.default) > defaults.indexOf(before.default)
    note('consent.default', {
      isBreaking: isLoose,
      what: `Consent is ${after.default}, and ${before.default} before.`,
      because: isLoose
        ? 'people who never answered would be counted as having agreed'
        : 'nobody sends who did not before'
    })
  }
  if (before.graceHours !== after.graceHours)
    note('consent.grace', {
      what:
        `A service waits ${after.graceHours} hours after its notice, and ${before.graceHours} ` +
        'before.',
      because: 'whoever was told already has been waited for'
    })
  const [were, are] = [before.levels.map(({ name }) => name), after.levels.map(({ name }) => name)]
  compareDefaultLevel(note, before, after)
  const { added, removed } = differenceOf(were, are)
  for (const level of added) {
    const says = after.levels.find(({ name }) => name === level)?.says ?? ''
    note(`consent.levels.${level}`, {
      consent: 'wider',
      what: `The level \`${level}\` is new.`,
      because: 'users choose among other levels than they did',
      shown: `there is a new choice: “${says.replace(/\.$/, '')}”`
    })
  }
  for (const level of removed)
    note(`consent.levels.${level}`, {
      consent: 'narrower',
      isBreaking: true,
      what: `The level \`${level}\` is gone.`,
      because: 'users who chose it, and programs that state it, name something that is not there'
    })
  const kept = (levels: readonly string[]): readonly string[] =>
    levels.filter((level) => !added.includes(level) && !removed.includes(level))
  if (!isSame(kept(were), kept(are)))
    note('consent.levels', {
      consent: 'wider',
      what: 'The order of levels has changed.',
      because: 'each level includes those before it, so the same answer means something else',
      shown: 'what each choice includes is different'
    })
  for (const { name, says } of after.levels) {
    const was = before.levels.find((level) => level.name === name)
    if (was !== undefined && was.says !== says)
      note(`consent.levels.${name}`, {
        what: `The level \`${name}\` is described otherwise.`,
        because: 'it describes what is collected, and changes nothing of it'
      })
  }
}

const kinds = ['none', 'window', 'persistent']
const kindInWords = {
  none: 'reports could not be linked',
  window: 'a random id that changes',
  persistent: 'an id that stays the same'
}

function compareIdentity(
  note: Note,
  before: Contract['identity'],
  after: Contract['identity']
): void {
  if (before.kind !== after.kind) {
    const isWider = kinds.indexOf(after.kind) > kinds.indexOf(before.kind)
    note('identity.kind', {
      consent: isWider ? 'wider' : 'narrower',
      isBreaking: !isWider,
      what: `The identity is ${after.kind}, and ${before.kind} before.`,
      because: isWider
        ? 'reports can be linked for longer than users agreed to'
        : 'installations can no longer be counted as they were',
      shown: `reports would carry ${kindInWords[after.kind]} (${after.says.replace(/\.$/, '')})`
    })
  } else if (before.days !== after.days) {
    const isWider = (after.days ?? 0) > (before.days ?? 0)
    note('identity.days', {
      consent: isWider ? 'wider' : 'narrower',
      what: `The id changes after ${after.days} days, and after ${before.days} before.`,
      because: isWider ? 'reports can be linked for longer than users agreed to' : less,
      shown: `the random id would change every ${after.days} days instead of every ${before.days}`
    })
  }
  if (before.lineage !== after.lineage)
    note('identity.lineage', {
      consent: after.lineage ? 'wider' : 'narrower',
      what: after.lineage
        ? 'Reports carry a second id that copies share.'
        : 'Reports carry no id that copies share.',
      because: after.lineage ? agreed : less,
      shown: 'reports would carry a second id, which copies of your installation share'
    })
  const [wasApart, isApart] = [before, after].map(({ kind, sdkKind }) => kind !== sdkKind)
  if (wasApart !== isApart)
    note('identity.sdk', {
      consent: isApart === true ? 'narrower' : 'wider',
      what:
        isApart === true ? 'Reports of the SDK carry no id.' : 'Reports of the SDK carry the id.',
      because: isApart === true ? less : 'reports can be linked that could not before',
      shown: `reports would carry ${kindInWords[after.kind]} (${after.says.replace(/\.$/, '')})`
    })
  if (before.account !== after.account)
    note('identity.account', {
      consent: after.account ? 'wider' : 'narrower',
      what: after.account ? 'Reports may carry an account.' : 'Reports carry no account any more.',
      because: after.account ? agreed : less,
      shown: 'reports could carry your account, if you have one'
    })
  else if (before.accountFrom !== after.accountFrom) {
    const { accountFrom } = after
    const from = accountFrom === undefined ? 'wherever its program says' : `\`${accountFrom}\``
    note('identity.account.from', {
      isBreaking: before.accountFrom !== undefined,
      what: `The account is read from ${from}.`,
      because:
        before.accountFrom === undefined
          ? 'users are told where it comes from'
          : `who sets \`${before.accountFrom}\` is not heard any more`
    })
  }
  if (before.random !== after.random)
    note('identity.random', {
      isBreaking: !after.random,
      what: after.random
        ? 'Ids are random, and users may delete by them.'
        : 'Ids count as guessable or shared, so users may no longer delete by them.',
      because: after.random ? 'users can do more' : 'users lose a way to have their data deleted'
    })
  if (before.says !== after.says || before.sdkSays !== after.sdkSays)
    note('identity.says', {
      what: 'The id is described otherwise.',
      because: 'it describes what is collected, and changes nothing of it'
    })
}

function compareParts(
  note: Note,
  path: string,
  what: string,
  before: readonly string[],
  after: readonly string[]
): void {
  const { added, removed } = differenceOf(before, after)
  if (added.length > 0)
    note(path, {
      consent: 'wider',
      what: `New parts ${what}: ${named(added)}.`,
      because: agreed,
      shown:
        'reports would say more about where it runs or how often ' +
        `(${added.join(', ').replaceAll('_', ' ')})`
    })
  if (removed.length > 0)
    note(path, {
      consent: 'narrower',
      isBreaking: true,
      what: `No more parts ${what}: ${named(removed)}.`,
      because: 'charts over them end'
    })
}

/** Words about a control that are no part of how it works. */
const controlWords = new Set(['says', 'also', 'since'])

function compareControls(note: Note, before: readonly Control[], after: readonly Control[]): void {
  const workings = (control: Control): unknown =>
    Object.fromEntries(Object.entries(control).filter(([key]) => !controlWords.has(key)))
  const has = (controls: readonly Control[], control: Control): boolean =>
    controls.some((each) => isSame(workings(each), workings(control)))
  for (const control of before) {
    if (has(after, control)) continue
    // A control that shows something, or that was never honoured, is missed by nobody who wants to
    // say no.
    const saidNo =
      control['honoured'] !== false &&
      control['status'] === undefined &&
      control['preview'] === undefined
    note('controls', {
      isBreaking: saidNo,
      what: `This way is gone or works otherwise: ${written(control)}.`,
      because: saidNo
        ? 'whoever said no by it may be sending without knowing'
        : 'it was no way to say no'
    })
  }
  for (const control of after)
    if (!has(before, control))
      note('controls', {
        what: `There is another way: ${written(control)}.`,
        because: 'whoever said no before has still said no'
      })
  const same =
    before.every((control) => has(after, control)) && after.every((control) => has(before, control))
  if (same && !isSame(before, after))
    note('controls', {
      what: 'Controls are described otherwise, or in another order.',
      because: 'they work as they did'
    })
}

function written(control: Control): string {
  return Object.entries(control)
    .filter(([key]) => !controlWords.has(key))
    .map(([key, value]) => `${key} \`${String(value)}\``)
    .join(', ')
}

function compareEndpoint(
  note: Note,
  before: Contract['endpoint'],
  after: Contract['endpoint']
): void {
  for (const [key, was] of Object.entries(before ?? {})) {
    const is = after?.[key]
    if (is === was) continue
    const isWords = controlWords.has(key)
    note(`endpoint.${key}`, {
      isBreaking: !isWords,
      what:
        `\`endpoint.${key}\` is ${is === undefined ? 'gone' : `\`${is}\``}, ` +
        `and was \`${was}\`.`,
      because: isWords
        ? 'it works as it did'
        : 'whoever blocked or replaced the old one has not blocked or replaced this'
    })
  }
  for (const [key, is] of Object.entries(after ?? {}))
    if (before?.[key] === undefined)
      note(`endpoint.${key}`, {
        what: `\`endpoint.${key}\` is \`${is}\`.`,
        because: 'what was there before is still so'
      })
}

function compareNever(note: Note, before: Contract['never'], after: Contract['never']): void {
  for (const wire of ['sdk', 'collector'] as const) {
    const { added, removed } = differenceOf(before[wire], after[wire])
    if (removed.length > 0)
      note(`never.${wire}`, {
        isBreaking: true,
        what: `It is no longer promised that these are never collected: ${named(removed)}.`,
        because: 'users read the promise, and may have said yes for it'
      })
    if (added.length > 0)
      note(`never.${wire}`, {
        what: `It is promised that these are never collected: ${named(added)}.`,
        because: 'users are promised more'
      })
  }
}
