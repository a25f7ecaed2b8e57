/** `candor digest`: the last full week of a product in fifteen lines, for cron and chat. */
import type { Command } from 'commander'
import { addDays, dayOf } from '#values/days'
import { digestOf, expiringDays } from '../../alerts/digest.ts'
import type { AnswerTable } from '../../analytics/asking/question.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface DigestOptions extends ServerOptions {
  readonly product: string
  readonly dashboard?: string
}

interface Expiring {
  readonly name: string
  readonly expires: string | null
}

export function addDigest(program: Command, terminal: Terminal): void {
  const digest = program
    .command('digest')
    .description('print the last full week of a product in fifteen lines, for cron and chat')
    .requiredOption('--product <name>', 'whose records')
    .option('--dashboard <url>', 'where the dashboard is, for a link at the end')
    .addHelpText('after', '\nExample: candor digest --product dlt | mail -s "dlt" team@example.com')
  addServerOptions(digest).action(async ({ product, dashboard, ...server }: DigestOptions) => {
    const client = await connectTo(terminal, server)
    const now = terminal.effects.clock.now()
    const { records, retire } = await client.get<{
      records: readonly (Expiring & { readonly fields: readonly Expiring[] })[]
      retire: readonly { readonly field: string }[]
    }>(`/api/v1/products/${encodeURIComponent(product)}`, {})
    const lines = await digestOf({
      product,
      ask: (name, question, parameters) =>
        client.get<AnswerTable>(`/api/v1/questions/${question}`, { ...parameters, product: name }),
      now,
      expiring: expiringSoon(records, addDays(dayOf(now), expiringDays)),
      unused: retire.map(({ field }) => field),
      dashboard
    })
    terminal.out(`${lines.join('\n')}\n`)
  })
}

/** A field that several records have is named once. */
function expiringSoon(
  records: readonly (Expiring & { readonly fields: readonly Expiring[] })[],
  until: string
): readonly { readonly name: string; readonly expires: string }[] {
  const found = new Map<string, string>()
  for (const { name, expires } of records.flatMap((record) => [record, ...record.fields]))
    if (expires !== null && expires <= until) found.set(name, expires)
  return [...found].map(([name, expires]) => ({ name, expires }))
}
