/** Compares editions: whose programs send more than before, and whether they may do without it. */
import type { Contract, Edition, Stream } from '../form/contract.ts'
import type { ChangeNote } from './change.ts'
import { compareFrames } from './frame-changes.ts'
import { compareRecords } from './record-changes.ts'

type Note = (path: string, change: ChangeNote) => void

const openStays = 'programs of the open edition send what they sent, and ask nobody'

/** `isNoted` tells what was said of the open edition already, which streams take over. */
export function compareEditions(
  note: Note,
  isNoted: (path: string, what: string) => boolean,
  before: Contract,
  after: Contract
): void {
  for (const [name, was] of before.editions)
    if (!after.editions.has(name))
      note(`editions.${name}`, {
        isBreaking: true,
        what: `The edition \`${name}\` (${was.title}) is gone.`,
        because: 'the programs that say they are it have no contract any more'
      })
  for (const [name, edition] of after.editions) {
    const was = before.editions.get(name)
    if (was === undefined)
      note(`editions.${name}`, {
        what: `There is an edition \`${name}\` (${edition.title})${required(edition)}.`,
        because: openStays
      })
    else compareStreams({ note, isNoted }, was, edition, after)
  }
}

function required({ streams }: Edition): string {
  const names = [...streams.values()].filter((stream) => stream.required !== undefined)
  return names.length === 0
    ? ''
    : `, which requires ${names.map(({ name }) => `\`${name}\``).join(', ')}`
}

interface Notes {
  readonly note: Note
  readonly isNoted: (path: string, what: string) => boolean
}

function compareStreams(
  { note, isNoted }: Notes,
  before: Edition,
  after: Edition,
  contract: Contract
): void {
  const path = `editions.${after.name}`
  if (before.title !== after.title || before.says !== after.says)
    note(path, {
      what: `The edition \`${after.name}\` is described otherwise.`,
      because: 'it changes nothing of what is collected'
    })
  for (const [name] of before.streams)
    if (!after.streams.has(name))
      note(`${path}.streams.${name}`, {
        consent: 'narrower',
        what: `${after.title} no longer sends the stream \`${name}\`.`,
        because: 'it is less than its users agreed to, so nobody is asked'
      })
  for (const [name, stream] of after.streams) {
    const at = `${path}.streams.${name}`
    const was = before.streams.get(name)
    if (was === undefined) {
      note(at, {
        consent: 'wider',
        what:
          `${after.title} sends a stream \`${name}\`` +
          `${stream.required === undefined ? '' : ', and requires it'}.`,
        because: `users of this edition did not agree to it yet; ${openStays}`,
        shown: `${after.title} would send ${wordsOf(stream)}`
      })
      continue
    }
    compareRequired(note, at, was, stream, after)
    const inside: Note = (inner, change) => {
      if (!isNoted(inner, change.what)) note(`${at}.${inner}`, change)
    }
    compareFrames(inside, was.contract, stream.contract)
    compareRecords(
      { note: inside, levels: contract.consent.levels.map((level) => level.name) },
      was.contract.records,
      stream.contract.records
    )
  }
}

function compareRequired(
  note: Note,
  at: string,
  before: Stream,
  after: Stream,
  edition: Edition
): void {
  const [was, is] = [before.required, after.required]
  if (was === undefined && is !== undefined)
    note(at, {
      consent: 'wider',
      what: `${edition.title} requires \`${after.name}\`, and did not before.`,
      because: 'whoever has switched it off hears that the product wants it',
      shown: `${edition.title} would require ${wordsOf(after)}`
    })
  else if (was !== undefined && is === undefined)
    note(at, {
      consent: 'narrower',
      what: `${edition.title} no longer requires \`${after.name}\`.`,
      because: 'nothing follows any more from switching it off'
    })
  else if (was?.basis !== is?.basis)
    note(at, {
      consent: 'wider',
      what: `\`${after.name}\` is required on another legal basis: \`${is?.basis ?? ''}\`.`,
      because: 'those whom it concerns were told another',
      shown: `${wordsOf(after)} would be required on another legal basis`
    })
  else if (was?.because !== is?.because || before.account !== after.account)
    note(at, {
      what: `Why \`${after.name}\` is required, or whom it concerns, is said otherwise.`,
      because: 'it changes nothing of what is collected'
    })
}

function wordsOf({ name, contract }: Stream): string {
  return `${name} (${contract.purpose.replace(/\.$/, '')})`
}
