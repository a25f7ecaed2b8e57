/** Sends a letter as an e-mail, over the operator's own SMTP server. */
import type { LetterText } from './letter-text.ts'

export interface MailSettings {
  /** `smtp://host:587` or `smtps://host:465`, without a password. */
  readonly smtp: string
  readonly user: string | undefined
  readonly password: string | undefined
  readonly from: string
  readonly to: readonly string[]
}

/** What a mail server that is well answers within; one that is not is tried again later. */
const deadlineMs = 20_000

/** Rejects with what the server or the way to it said. */
export async function sendMail(
  { smtp, user, password, from, to }: MailSettings,
  { subject, text }: LetterText
): Promise<void> {
  // Most servers tell nobody: the library costs them nothing at their start.
  const { createTransport } = await import('nodemailer')
  const url = new URL(smtp)
  const isSecure = url.protocol === 'smtps:'
  const transport = createTransport({
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: Number(url.port || (isSecure ? 465 : 587)),
    secure: isSecure,
    // A password never travels in clear: with one, a server that offers no TLS is refused.
    requireTLS: !isSecure && password !== undefined,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    // Nothing of a letter is read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true
  })
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject,
      text,
      // Out-of-office machines do not answer what says so (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' }
    })
  } finally {
    transport.close()
  }
}
