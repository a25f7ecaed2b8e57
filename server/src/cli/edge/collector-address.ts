/** Where is the collector that an edge or a relay hands on to? */
import { CandorError } from '../../errors.ts'

/** Without a slash behind it. Throws PARAMETER_INVALID for what is no web address. */
export function collectorAddress(said: string): string {
  const url = said.replace(/\/+$/, '')
  if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(url))
    throw new CandorError(
      'PARAMETER_INVALID',
      `--collector must be an address such as https://telemetry.example.com, not ${said}`
    )
  return url
}
