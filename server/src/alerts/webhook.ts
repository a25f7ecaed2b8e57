/**
 * Posts a letter to a webhook: as JSON of our own with a signature, or as Slack and Matrix read it.
 */
import type { Network } from '../effects.ts'
import { signature } from '../protocols/webhook-signature.ts'
import type { Instant } from '../record.ts'
import type { Letter, Told } from './ledger.ts'
import type { LetterText } from './letter-text.ts'

export interface WebhookSettings {
  readonly name: string
  readonly url: string
  readonly form: 'candor' | 'slack' | 'matrix'
  /** Signs each post; undefined: unsigned. */
  readonly secret: string | undefined
}

const deadlineMs = 10_000

export async function postWebhook(
  { url, form, secret }: WebhookSettings,
  letter: Letter,
  { text, network, now }: { text: LetterText; network: Pick<Network, 'fetch'>; now: Instant }
): Promise<void> {
  const body = JSON.stringify(bodyIn(form, letter, text))
  const answer = await network.fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'candor',
      ...(secret === undefined ? {} : { 'Candor-Signature': signature(body, { secret, now }) })
    },
    body,
    // A redirect would hand the signed text to somebody whom the operator did not name.
    redirect: 'manual',
    signal: AbortSignal.timeout(deadlineMs)
  })
  await answer.body?.cancel()
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`The webhook answered ${answer.status}.`)
}

function bodyIn(
  form: WebhookSettings['form'],
  { began, ended, weeks }: Letter,
  { subject, text }: LetterText
): unknown {
  if (form === 'slack') return { text: `*${slackText(subject)}*\n${slackText(text)}` }
  // What matrix-hookshot's generic webhooks show.
  if (form === 'matrix') return { text: `${subject}\n${text}` }
  const plain = ({ key, rule, product, says, path, since }: Told): unknown => ({
    key,
    rule,
    product: product ?? null,
    says,
    path,
    since: new Date(since).toISOString()
  })
  return {
    candor: 1,
    began: began.map(plain),
    ended: ended.map(plain),
    ...(weeks === undefined ? {} : { weeks })
  }
}

/** Slack's three control characters: a version named `<!channel>` calls nobody. */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
