/**
 * What are people told of consent, and where do reports go? Loaded when somebody asks, when a
 * notice is due, and when something is sent.
 */
import type { Consent, ConsentInput } from './consent.ts'
import { resolveEndpoint, type Endpoint } from './endpoint.ts'
import { asksOf, noticeText } from './notice.ts'

export interface AskedConsent extends Consent {
  /** One sentence for each thing that is new or wider than what was agreed to. */
  asks(): readonly string[]
  endpoint(): Endpoint
  /** What would be shown now. */
  notice(): string
  /** Shows the notice if it is due, where a human reads it. */
  maybeShowNotice(): void
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
    noticeText(form, { runs, asks: consent.decision().state === 'on' ? asksNow() : [] })
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
      if (!consent.mayShowNotice() || (consent.decision().state === 'on' && asksNow().length === 0))
        return
      const text = notice()
      const isHuman = !/^(?:ci|agent|test)$/.test(environment().automation)
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
        (!options.machineOutput && isHuman && effects.system.isTerminal('stderr'))
      // Proven to be writable before it is shown: what cannot be marked would be shown again at
      // every start.
      if (!isRead || !consent.mayMarkNotice()) return
      if (runs === 'service' && options.log !== undefined) log()
      else if (!options.machineOutput) write(text)
      else return
      consent.markNotice()
    }
  }
}

function quietly<Result>(otherwise: Result, call: () => Result): Result {
  try {
    return call()
  } catch {
    return otherwise
  }
}
