/** Is what an edition requires sent, and if not, who said so? The host decides what follows. */
import { requiredSentence } from '#values/words/required-words'
import type { ContractForm, StreamForm } from '../../form.ts'
import type { RequiredState } from '../../telemetry.ts'
import type { Consent } from '../consent.ts'
import { sends, type ConsentState } from '../decision.ts'

interface Allowing {
  readonly state: ConsentState
  /** Why it is off, if it is. */
  readonly because: string
  readonly allows: (record: string) => boolean
}

type Required = StreamForm & { readonly required: NonNullable<StreamForm['required']> }

function requiredStreams({ edition }: Pick<ContractForm, 'edition'>): readonly Required[] {
  return (edition?.streams ?? []).filter(
    (stream): stream is Required => stream.required !== undefined
  )
}

function requiredState(
  form: Pick<ContractForm, 'edition'>,
  { state, because, allows }: Allowing
): RequiredState {
  const streams = requiredStreams(form)
  if (streams.length === 0) return { is: 'none' }
  const off = streams.filter(
    ({ records }) => !sends({ state }) || !records.every((record) => allows(record))
  )
  return off.length === 0
    ? { is: 'on' }
    : { is: 'off', streams: off.map(({ name }) => name), because }
}

/** As consent has it now. `toSegment`: reports go to a source of Segment's. */
export function requiredNow(
  form: ContractForm,
  consent: Pick<Consent, 'refresh' | 'stops' | 'allows'>,
  toSegment: boolean
): RequiredState {
  const { state, because, missing } = consent.refresh()
  const stops = consent.stops()
  const waiting = toSegment
    ? 'reports go to a source of Segment, which has no accounts'
    : 'its user has not agreed to it yet'
  return requiredState(form, {
    state,
    because: sends({ state }) ? (stops ?? waiting) : (missing ?? `${state}: ${because.where}`),
    allows: (record) => stops === undefined && !toSegment && consent.allows(record) !== undefined
  })
}

/** What its user reads of it, each with what it is called. */
export function requiredWords(
  form: Pick<ContractForm, 'edition' | 'title'>
): readonly { readonly stream: string; readonly says: string }[] {
  return requiredStreams(form).map(({ name, required }) => ({
    stream: name,
    says: requiredSentence({ edition: form.title, stream: name, ...required })
  }))
}
