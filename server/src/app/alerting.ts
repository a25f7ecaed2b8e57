/** Opens what tells people: who they are, and what is asked before they are told. */
import { join } from 'node:path'
import type { CompiledContract } from '@candor/contract'
import { startAlerts, type Alerts, type AlertSettings } from '../alerts/alerts.ts'
import { keptFields } from '../api/endpoints/products.ts'
import type { FieldUse } from '../api/field-use.ts'
import { askQuestion } from '../analytics/asking/questions.ts'
import type { AlertsConfig } from '../config/alert-settings.ts'
import { secretIn } from '../config/secret-in.ts'
import { systemNetwork, type Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { recordTable } from '../storage/tables/rows.ts'
import type { Keeping } from './keep.ts'
import type { Products } from './products.ts'
import type { AppOptions, Started } from './started.ts'

const deadlineMs = 30_000

export async function openAlerts(
  { config, effects, log, isClockMoved }: AppOptions,
  products: Products,
  { storage, store, inbox, fieldUse }: Keeping & { readonly fieldUse: Pick<FieldUse, 'unused'> },
  started: Started
): Promise<Alerts | undefined> {
  if (config.alerts === undefined) return undefined
  const settings = await settingsOf(config.alerts, effects.files)
  return started.add(
    await startAlerts({
      settings,
      sources: {
        products: () => [...products.keys()],
        ask: (name, question, parameters) =>
          askQuestion({
            name: question,
            parameters: new Map(Object.entries(parameters)),
            storage,
            product: productNamed(products, name),
            now: effects.clock.now()
          }),
        unused: (name) =>
          fieldUse
            .unused(name, keptFields(productNamed(products, name).contract))
            .map(({ field }) => field),
        expiring: (name, until) => expiringUntil(productNamed(products, name), until),
        async lastReceivedAt(name) {
          const [row] = await storage.query<{ last: string | null }>({
            sql:
              'SELECT toUnixTimestamp64Milli(maxOrNull(received_at)) AS last FROM ' +
              `${recordTable(name)}`,
            deadlineMs
          })
          return row?.last === null || row === undefined ? undefined : Number(row.last)
        },
        quarantined: () => store.quarantined(undefined),
        oldestWaitingAt: () => inbox.state().oldestWaitingAt
      },
      isSimulated: isClockMoved ?? (() => false),
      path: join(config.data, 'alerts.json'),
      effects,
      network: systemNetwork,
      log
    }),
    (it) => it.close()
  )
}

function productNamed(products: Products, name: string): CompiledContract {
  const product = products.get(name)
  if (product === undefined) throw new CandorError('PRODUCT_UNKNOWN', `There is no ${name}.`)
  return product.newest
}

/** A field that several records have is named once. */
function expiringUntil(
  { contract }: CompiledContract,
  until: string
): readonly { readonly name: string; readonly expires: string }[] {
  const found = new Map<string, string>()
  for (const record of contract.records.values())
    for (const { name, expires } of [record, ...record.fields.values()])
      if (expires !== undefined && expires <= until) found.set(name, expires)
  return [...found].map(([name, expires]) => ({ name, expires }))
}

async function settingsOf(
  { dashboard, weeksOn, mail, webhooks, products }: AlertsConfig,
  files: Effects['files']
): Promise<AlertSettings> {
  const secret = async (path: string | undefined, key: string): Promise<string | undefined> =>
    path === undefined ? undefined : secretIn(files, key, path)
  return {
    dashboard,
    weeksOn,
    mail:
      mail === undefined
        ? undefined
        : { ...mail, password: await secret(mail.passwordFile, 'alerts.mail.password_file') },
    webhooks: await Promise.all(
      webhooks.map(async ({ secretFile, ...webhook }) => ({
        ...webhook,
        secret: await secret(secretFile, `secret_file of the webhook ${webhook.name}`)
      }))
    ),
    thresholds: new Map(
      [...products].map(([name, said]) => [
        name,
        {
          ...(said.recordsFall === undefined ? {} : { recordsFall: said.recordsFall }),
          ...(said.failuresRise === undefined ? {} : { failuresRise: said.failuresRise }),
          ...(said.silenceHours === undefined ? {} : { silenceHours: said.silenceHours }),
          ...(said.off === undefined ? {} : { off: said.off })
        }
      ])
    )
  }
}
