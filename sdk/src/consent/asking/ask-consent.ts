/**
 * What are people told of consent, and where do reports go? Loaded when somebody asks, when a
 * notice is due, and when something is sent.
 */
import { isUndecided, sends } from '../decision.ts'
import type { Consent } from '../consent.ts'
import type { ConsentInput } from '../held-consent.ts'
import { resolveEndpoint, type Endpoint } from '../endpoint.ts'
import { isHumanReading } from '#values/human-reader'
import { mayAskTerminal, readAnswer } from './ask-terminal.ts'
import { asksOf, commandOf, noticeText, questionText } from './notice.ts'
import { quietly } from '../../quietly.ts'

export interface AskedConsent extends Consent {
  /** One sentence for each thing that is new or wider than what was agreed to. */
  asks(): readonly string[]
  endpoint(): Endpoint
  /** What would be shown now. */
  notice(): string
  /** Shows the notice if it is due, where a human reads it, and asks where the contract asks. */
  maybeShowNotice(): void
  /** While the host asks in its own way. */
  answered(): Promise<void>
}

export function askConsent(
  consent: Consent,
  { form, options, environment, effects }: ConsentInput
): AskedConsent {
  const runs = options.runs ?? 'program'

  function endpoint(): Endpoint {
    const { policy, settings, projectEndpoint: project, endpoints: accepted } = consent.facts()
    return resolveEndpoint({ form, options, policy, settings, project, accepted, effects })
  }

  function asksNow(): readonly string[] {
    const { terms } = consent.facts()
    return terms === 'damaged' ? [] : quietly([], () => asksOf(form, terms))
  }

  const notice = (): string =>
    noticeText(form, {
      runs,
      command: commandOf(form, options.command),
      asks: sends(consent.decision()) ? asksNow() : [],
      isStopped: consent.stops() !== undefined
    })
  let asking: Promise<void> = Promise.resolve()
  const write = (text: string): void => quietly(undefined, () => effects.system.writeError(text))

  return {
    ...consent,
    asks() {
      const { projectEndpoint, endpoints } = consent.facts()
      const url = projectEndpoint?.url
      const waits = url !== undefined && endpoint().url === undefined && !endpoints.includes(url)
      return [...(waits ? [`reports would go to ${url}, as this project wants`] : []), ...asksNow()]
    },
    endpoint,
    notice,
    maybeShowNotice() {
      // What a changed contract asks may be nothing: then there is nothing to tell.
      if (!consent.mayShowNotice() || (sends(consent.decision()) && asksNow().length === 0)) return
      const text = notice()
      const log = (): void => {
        for (const line of text.trimEnd().split('\n')) quietly(undefined, () => options.log?.(line))
      }
      consent.noticed()
      if (consent.facts().keepsNothing) {
        // It decides nothing here, so that nothing is marked: it only tells whoever reads the log.
        log()
        return
      }
      const isRead =
        runs === 'service' ||
        (!options.machineOutput && isHumanReading(effects, environment().automation))
      // Proven to be writable before it is shown: what cannot be marked would be shown again at
      // every start.
      if (!isRead || !consent.mayMarkNotice()) return
      if (runs === 'service' && options.log !== undefined) log()
      else if (options.machineOutput) return
      else if (
        runs === 'program' &&
        form.consent.default === 'ask' &&
        isUndecided(consent.decision())
      ) {
        asking = askOnce(text)
        return
      } else write(text)
      consent.markNotice()
    },
    answered: () => asking
  }

  /** Yes and no are words for good. Without an answer it stays as it is, and is not asked again. */
  async function askOnce(text: string): Promise<void> {
    let answer: boolean | undefined
    if (options.ask !== undefined) {
      consent.markNotice()
      answer = await quietly(undefined, () => options.ask?.(text))?.catch(() => undefined)
    } else {
      const mayAsk = quietly(false, () => mayAskTerminal(effects))
      write(mayAsk ? `${text}${questionText(form)}` : text)
      consent.markNotice()
      if (!mayAsk) return
      const line = readAnswer(effects)
      answer = line === undefined ? undefined : /^y(?:es)?$/i.test(line)
      write(line === undefined ? '\n' : '')
    }
    // Somebody may have said something else meanwhile.
    if (answer === undefined || !isUndecided(consent.refresh())) return
    if (answer) consent.on()
    else consent.refuse()
    if (options.ask === undefined)
      write(answer ? 'Telemetry is on from now on.\n' : 'Telemetry is off, and stays off.\n')
  }
}
