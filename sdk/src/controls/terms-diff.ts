/** What does the contract ask that its user has not agreed to? */
import type { AskedConsent } from '../consent/asking/ask-consent.ts'
import type { TermsDiff } from '../telemetry.ts'

export function termsDiffOf(consent: Pick<AskedConsent, 'asks' | 'stops'>): TermsDiff {
  const asks = consent.asks()
  const stops = consent.stops() !== undefined
  return { accepted: asks.length === 0 && !stops, asks, stops }
}
