/** What follows from all that is known now: who decides, up to which level, under which terms? */
import type { ContractForm } from '../form.ts'
import { agreedTerms, fallbackOf, levelWithin, noticeOf, type Standing } from './agreement.ts'
import type { AllowedRecord } from './agreed-type.ts'
import type { Terms } from './consent-file.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { stopsOf } from './narrow.ts'
import type { SourcesRead } from './sources.ts'

export interface Known {
  readonly decision: Decision
  readonly terms: Terms | 'damaged'
  readonly stops: string | undefined
  readonly projectEndpoint: SourcesRead['projectEndpoint']
  readonly records: Map<string, AllowedRecord | undefined>
  /** When the answer changes by itself: the end of a service's grace. */
  readonly until: number | undefined
}

/** `standing` is asked for only where nobody says no: whoever did is not asked where they run. */
export function knownFrom(
  { sayings, projectEndpoint }: SourcesRead,
  form: ContractForm,
  standing: () => Standing
): Known {
  const records = new Map<string, AllowedRecord | undefined>()
  if (sayings.some(({ says }) => says === 'off')) {
    const decision = decide(sayings, form, { ephemeral: false })
    return { decision, terms: form, stops: undefined, projectEndpoint, records, until: undefined }
  }
  const here = standing()
  const { saying, missing } = fallbackOf(here)
  const decided = decide([...sayings, saying], form, {
    ephemeral: here.ephemeral,
    ...(missing === undefined ? {} : { missing })
  })
  const terms = agreedTerms(here)
  const isNamed = sayings.some(({ level }) => level !== undefined)
  const level =
    terms === 'damaged' || decided.level === undefined
      ? undefined
      : levelWithin(decided.level, form, terms, { isNamed })
  const until = here.runs === 'service' ? noticeOf(here.file)?.until : undefined
  return {
    decision: { ...decided, level },
    terms,
    stops: decided.level === undefined ? undefined : stopFor(form, terms, level),
    projectEndpoint,
    records,
    until: until !== undefined && here.now < until ? until : undefined
  }
}

function stopFor(
  form: ContractForm,
  terms: Known['terms'],
  level: string | undefined
): string | undefined {
  if (terms === 'damaged') return 'what was agreed to cannot be read any more: accept again'
  const stops = stopsOf(form, terms)
  if (stops.length > 0)
    return `${stops.join('; ')}: nothing is recorded or sent until you accept that`
  return level === undefined ? 'the levels have changed: choose again' : undefined
}
