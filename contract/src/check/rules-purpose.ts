/** Rules about why something is collected, who answers for it, and when it ends. */
import { DAY_MS } from '#values/days'
import type { Rule } from './rule.ts'
import type { ContractView, Spot } from './view.ts'

const soonDays = 30
const farDays = 5 * 365
const recordsDaysMax = 731

export const purposeRules: readonly Rule[] = [
  {
    code: 'SERVES_NOTHING',
    severity: 'warning',
    finds: 'a record or field that helps to answer no question, or a contract that asks none',
    why:
      'What answers no question is collected because it can be, and is the first thing that ' +
      'users find.',
    mend: 'Name a question in `serves`, at the record or field; or stop collecting it.',
    bad: 'colour: { type: enum, values: [red, blue], serves: [], says: the colour of its window }',
    good:
      'colour: { type: enum, values: [red, blue], serves: [usage], says: the colour of its ' +
      'window }',
    *find(view) {
      const { questions } = view.contract
      if (questions.size === 0) {
        if (view.records.length > 0)
          yield {
            spot: view,
            message:
              'The contract asks no question, so nobody can tell what the data is for: name ' +
              'them under `questions`, and serve them.'
          }
        return
      }
      for (const record of view.records) {
        // Members of objects serve what their object serves, unless they say otherwise.
        const fields = view.fields.filter(
          (field) => field.record === record && field.isKept && field.column === field.field.name
        )
        const unserved = fields.filter(({ field }) => field.serves.length === 0)
        if (unserved.length < fields.length || fields.length === 1) {
          for (const field of unserved)
            yield {
              spot: field,
              message:
                `\`${field.field.name}\` serves no question: name one in \`serves\`, or stop ` +
                'collecting it.'
            }
        } else if (fields.length > 0 || record.record.serves.length === 0) {
          yield {
            spot: record,
            message:
              `Nothing of \`${record.record.name}\` serves a question: name one in \`serves\`, ` +
              'or stop collecting it.'
          }
        }
      }
    }
  },
  {
    code: 'QUESTION_UNSERVED',
    severity: 'warning',
    finds: 'a question that no record or field serves',
    why: 'Users are told that data is for something that no data is for.',
    mend: 'Let a field serve it, or take the question out.',
    bad: 'colours: Which colours do people like?',
    good: 'usage: What is it used for?',
    *find(view) {
      const served = new Set([
        ...view.records.flatMap(({ record }) => record.serves),
        ...view.fields.flatMap(({ field, isKept }) => (isKept ? field.serves : []))
      ])
      for (const question of view.contract.questions.keys())
        if (!served.has(question))
          yield {
            spot: view.find('questions', question),
            message:
              `Nothing serves \`${question}\`: name it in \`serves\` of what answers it, or ` +
              'take it out.'
          }
    }
  },
  {
    code: 'SAYS_MISSING',
    severity: 'error',
    finds: 'a field that is kept and does not say in words what it is',
    why: 'Its name is all that users could read of it, and names are made for programs.',
    mend: 'Say in `says` what it tells, as a user would understand it.',
    bad: 'colour: { type: enum, values: [red, blue] }',
    good: 'colour: { type: enum, values: [red, blue], says: the colour of its window }',
    *find(view) {
      for (const field of view.fields)
        if (field.isKept && !field.has('says') && !field.has('links')) {
          const { name } = field.field
          yield {
            spot: field,
            message: `\`${name}\` says nothing to its users: tell in \`says\` what it is.`
          }
        }
    }
  },
  {
    code: 'SENSITIVE_BY_DEFAULT',
    severity: 'warning',
    finds: 'content or sensitive things that an opt-out product sends of whoever said nothing',
    why: 'What people store, or what could hurt them, is nothing that silence agrees to.',
    mend: 'Put it on a level above `default_level`, so that it waits for a word.',
    bad: 'sensitivity: content',
    good: 'default_level: basic',
    *find(view) {
      const { consent } = view.contract
      if (consent.default !== 'opt-out') return
      const names = consent.levels.map(({ name }) => name)
      const highest = names.indexOf(consent.defaultLevel ?? names.at(-1) ?? '')
      for (const field of view.fields) {
        const { sensitivity = field.record.record.sensitivity, level, sdk } = field.field
        if (!/^(?:content|sensitive)$/.test(sensitivity ?? '') || sdk === 'never') continue
        if (field.isKept && names.indexOf(level) <= highest)
          yield {
            spot: field,
            message:
              `\`${field.field.name}\` is ${sensitivity}, and is sent of whoever says nothing: ` +
              'put it on a level above `default_level`.'
          }
      }
    }
  },
  {
    code: 'OWNER_MISSING',
    severity: 'warning',
    finds: 'a record that nobody answers for',
    why: 'When a field is wrong or no longer needed, nobody decides, and it stays for ever.',
    mend: 'Name a team or role in `owner` of the record.',
    bad: 'when: It was opened.',
    good: 'owner: the window team',
    *find(view) {
      for (const record of unsaid(view, 'owner'))
        yield {
          spot: record,
          message: 'Nobody answers for this record: name a team or role in `owner`.'
        }
    }
  },
  {
    code: 'EXPIRES_MISSING',
    severity: 'warning',
    finds: 'a record that does not say until when it is collected',
    why: 'What has no end is never looked at again; a date makes somebody decide anew.',
    mend: 'Give a day at most some years ahead, or `never, because …`.',
    bad: 'owner: the window team',
    good: 'expires: 2027-11-20',
    *find(view) {
      for (const record of unsaid(view, 'expires'))
        yield {
          spot: record,
          message: 'This record has no end: give a day in `expires`, or `never, because …`.'
        }
    }
  },
  {
    code: 'EXPIRES_PAST',
    severity: 'error',
    finds: 'a record or field whose day of expiry has come',
    why: 'The page says that its collection has ended.',
    mend: 'Take it out of the contract, or decide anew and give a later day.',
    bad: 'expires: 2024-02-29',
    good: 'expires: 2027-11-20',
    *find(view) {
      for (const { spot, days, day } of expiries(view))
        if (days <= 0)
          yield {
            spot,
            place: spot.at('expires'),
            message: `This expired on ${day}: take it out, or decide anew and give a later day.`
          }
    }
  },
  {
    code: 'EXPIRES_SOON',
    severity: 'warning',
    finds: `a record or field that expires within ${soonDays} days`,
    why: 'The next release may be the last that can take it out in time.',
    mend: 'Decide now: take it out, or give a later day.',
    bad: 'expires: 2026-12-05',
    good: 'expires: 2027-11-20',
    *find(view) {
      for (const { spot, days, day } of expiries(view))
        if (days > 0 && days <= soonDays)
          yield {
            spot,
            place: spot.at('expires'),
            message:
              `This expires on ${day}, in ${days} days: take it out, or decide anew and give a ` +
              'later day.'
          }
    }
  },
  {
    code: 'EXPIRES_NEVER',
    severity: 'warning',
    finds: 'something that never expires and does not say why, or not for five years',
    why: 'Five years from now nobody will remember the question that it answered.',
    mend: 'Give a day within five years, or say `never, because …`.',
    bad: 'expires: never',
    good: 'expires: never, it is the version check',
    *find(view) {
      for (const spot of spotsThatExpire(view)) {
        const said = spot.expires
        const far = daysFrom(view.today, said) > farDays
        if (said === 'never' || far)
          yield {
            spot: spot.spot,
            place: spot.spot.at('expires'),
            message:
              `This ${far ? 'is as good as never' : 'never expires'}, and does not say why: ` +
              'give a day within five years, or `never, because …`.'
          }
      }
    }
  },
  {
    code: 'RETENTION_LONG',
    severity: 'warning',
    finds: 'records that are kept for longer than two years',
    why: 'Old records answer no question about today, and each year adds what can leak.',
    mend: 'Keep records for some months; aggregates, which name nobody, may stay.',
    bad: 'retention: { records: 5 years, aggregates: 5 years, backups: 30 days }',
    good: 'retention: { records: 90 days, aggregates: 25 months, backups: 30 days }',
    *find(view) {
      const { recordsDays } = view.contract.retention
      const spot = view.find('retention')
      if (recordsDays > recordsDaysMax)
        yield {
          spot,
          place: spot.at('records'),
          message:
            `Records would stay for ${recordsDays} days: keep them for some months, and ` +
            'aggregates for longer.'
        }
    }
  },
  {
    code: 'BACKUPS_UNSAID',
    severity: 'warning',
    finds: 'a contract that does not say how long backups hold what is gone',
    why: 'The page says that records are deleted; whoever kept a copy of them still has them.',
    mend: 'Say after which time the last backup is thrown away, or `backups: none`.',
    bad: 'retention: { records: 90 days, aggregates: 25 months }',
    good: 'retention: { records: 90 days, aggregates: 25 months, backups: 30 days }',
    *find(view) {
      if (view.contract.retention.backupsDays !== undefined) return
      yield {
        spot: view.find('retention'),
        message:
          'Users read that records are deleted, and not how long backups hold them: say ' +
          '`backups: 30 days` in `retention`, or `backups: none`.'
      }
    }
  },
  {
    code: 'EVERY_MISSING',
    severity: 'warning',
    finds: 'a snapshot that does not say how often it is sent',
    why:
      'Users ask how often a program calls home before they ask what it says; and a shared id ' +
      'cannot be told from a busy one.',
    mend: 'Add `every: { says: once a day, per_day_max: 2 }`.',
    bad: 'when: It runs.',
    good: 'every: { says: once a day, per_day_max: 2 }',
    *find(view) {
      for (const record of view.records)
        if (record.record.kind === 'snapshot' && record.record.every === undefined)
          yield {
            spot: record,
            message:
              'This snapshot does not say how often it is sent: add `every: { says: …, ' +
              'per_day_max: … }`.'
          }
    }
  },
  {
    code: 'SENT_AND_DROPPED',
    severity: 'warning',
    finds: 'a field that the SDK sends and the collector drops',
    why: 'It crosses the network, is shown to users as sent, and helps nobody.',
    mend: 'Say `sdk: never`, or take it out of the program and the contract.',
    bad: 'theme: { collector: drops, because: nobody needs it }',
    good:
      'theme: { sdk: never, collector: drops, because: "old versions sent it, and nobody needs ' +
      'it" }',
    *find(view) {
      for (const field of view.fields)
        if (field.field.collector === 'drops' && field.field.sdk === 'sends')
          yield {
            spot: field,
            message:
              `The SDK would send \`${field.field.name}\` only for the collector to drop it: ` +
              'say `sdk: never`, or take it out.'
          }
    }
  }
]

/** Records that do not say it themselves, and not in each of their fields either. */
function unsaid(
  view: ContractView,
  key: 'owner' | 'expires'
): readonly ContractView['records'][number][] {
  return view.records.filter((record) => {
    if (record.record[key] !== undefined) return false
    const fields = view.fields.filter((field) => field.record === record && field.isKept)
    return fields.length === 0 || fields.some(({ field }) => field[key] === undefined)
  })
}

/** Where `expires` is written, each place once for each use. */
function spotsThatExpire(
  view: ContractView
): readonly { readonly spot: Spot; readonly expires: string }[] {
  const all = [
    ...view.records.map((spot) => ({ spot, expires: spot.record.expires })),
    ...view.fields.map((spot) => ({ spot, expires: spot.field.expires }))
  ]
  return all.flatMap(({ spot, expires }) =>
    expires !== undefined && spot.has('expires') ? [{ spot, expires }] : []
  )
}

function expiries(
  view: ContractView
): readonly { readonly spot: Spot; readonly day: string; readonly days: number }[] {
  return spotsThatExpire(view).flatMap(({ spot, expires }) =>
    expires.startsWith('never') ? [] : [{ spot, day: expires, days: daysFrom(view.today, expires) }]
  )
}

/** NaN for what is no day. */
function daysFrom(today: string, day: string): number {
  return (Date.parse(`${day}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY_MS
}
