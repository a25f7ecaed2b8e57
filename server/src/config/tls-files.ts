/** Reads the certificate and the key that the configuration names. */
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Config } from './config.ts'

/** The PEM texts that `tls` names. Throws TLS_UNREADABLE. */
export async function readTlsFiles(
  config: Pick<Config, 'tls'>,
  files: Effects['files']
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (config.tls === undefined) return undefined
  const read = async (path: string, holds: RegExp, what: string): Promise<string> => {
    const pem = await files.readFile(path, 'utf8').catch((cause: unknown) => {
      throw new CandorError(
        'TLS_UNREADABLE',
        `The ${what} ${path} can't be read. Check that it exists and that this server's user ` +
          'may read it.',
        { cause }
      )
    })
    if (!holds.test(pem))
      throw new CandorError(
        'TLS_UNREADABLE',
        `${path} holds no ${what} in PEM (-----BEGIN …-----).`
      )
    return pem
  }
  const [cert, key] = await Promise.all([
    read(config.tls.cert, /-----BEGIN CERTIFICATE-----/, 'certificate'),
    read(config.tls.key, /-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'private key')
  ])
  return { cert, key }
}
