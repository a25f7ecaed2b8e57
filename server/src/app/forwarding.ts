/** Opens what passes records on: who gets what, with which secrets, and who writes it down. */
import { join } from 'node:path'
import type { Audit } from '../api/access/audit.ts'
import type { ForwardConfig } from '../config/forward-settings.ts'
import { secretIn } from '../config/secret-in.ts'
import { systemNetwork, type Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { bucketRecipient } from '../forwarding/bucket-recipient.ts'
import type { Recipient } from '../forwarding/forwarded.ts'
import { startForwarding, type Forwarding } from '../forwarding/forwarding.ts'
import { segmentRecipient } from '../forwarding/segment-recipient.ts'
import { webhookRecipient } from '../forwarding/webhook-recipient.ts'
import type { Keeping } from './keep.ts'
import type { Products } from './products.ts'
import type { PartOptions, Started } from './started.ts'

export async function openForwarding(
  { config, effects, log, isClockMoved }: PartOptions,
  products: Products,
  { storage, store, inbox, keyring }: Keeping,
  audit: Pick<Audit, 'write'>,
  started: Started
): Promise<Forwarding | undefined> {
  // The days of a demonstration are nobody's.
  if (isClockMoved !== undefined) return undefined
  const targets = await Promise.all(
    config.forward.map(async ({ product, to, records, by }) => ({
      product,
      to,
      kind: by.is,
      records,
      knowsUsersAlone: by.is === 'segment',
      open: await openerOf({ product, to, by }, effects)
    }))
  )
  return started.add(
    await startForwarding({
      targets,
      path: join(config.data, 'forwarding.json'),
      contracts: (name) => {
        const product = products.get(name)
        if (product === undefined) throw new CandorError('PRODUCT_UNKNOWN', `There is no ${name}.`)
        return product
      },
      outside: (product, to, kind, token) => keyring.outside(product, to, `${kind} ${token}`),
      storage,
      prepared: store.prepared,
      tombstones: (product) => inbox.tombstones.list(product),
      audit: (act, product, to) => audit.write({ who: 'configuration', act, product, to }),
      effects,
      log
    }),
    (it) => it.close()
  )
}

/** Throws CONFIG_INVALID where a file of a secret can't be read. */
async function openerOf(
  { product, to, by }: Pick<ForwardConfig, 'product' | 'to' | 'by'>,
  effects: Effects
): Promise<(signal: AbortSignal) => Recipient> {
  const network = systemNetwork
  const read = (key: string, path: string): Promise<string> => secretIn(effects.files, key, path)
  switch (by.is) {
    case 'webhook': {
      const secret = await read('forward: secret_file', by.secretFile)
      const { url } = by
      return (signal) =>
        webhookRecipient({ url, secret }, { product, to, effects, network, signal })
    }
    case 'segment': {
      const writeKey = await read('forward: write_key_file', by.writeKeyFile)
      const token = await read('forward: token_file', by.deletions.tokenFile)
      const settings = { host: by.host, writeKey, deletions: { host: by.deletions.host, token } }
      return (signal) => segmentRecipient(settings, { network, signal })
    }
    case 's3': {
      const { endpoint, region, bucket, prefix, format } = by
      const accessKey = await read('forward: access_key_file', by.accessKeyFile)
      const secretKey = await read('forward: secret_key_file', by.secretKeyFile)
      const settings = { endpoint, region, bucket, prefix, format, accessKey, secretKey }
      return (signal) => bucketRecipient(settings, { product, effects, network, signal })
    }
  }
}
