/** `candor session`: which browsers are signed in, and how they are signed out. */
import type { Command } from 'commander'
import type { OpenSession } from '../../api/endpoints/signing-in/sessions.ts'
import { CandorError } from '../../errors.ts'
import { tableFormatOption } from '../questions/format-option.ts'
import { printTable, type TableFormat, textTable } from '../questions/print-table.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface ListOptions extends ServerOptions {
  readonly format: TableFormat
}

interface RevokeOptions extends ServerOptions {
  readonly member?: string
}

export function addSession(program: Command, terminal: Terminal): void {
  const session = program
    .command('session')
    .description('which browsers are signed in, and signing them out')
  addList(session, terminal)
  addRevoke(session, terminal)
}

function addList(session: Command, terminal: Terminal): void {
  const list = session
    .command('list')
    .description('show open sessions: an operator’s token sees all')
    .addOption(tableFormatOption())
  addServerOptions(list).action(async ({ format, ...options }: ListOptions) => {
    const client = await connectTo(terminal, options)
    const { sessions } = await client.get<{ sessions: readonly OpenSession[] }>('/api/v1/sessions')
    const minute = (at: string): string => at.slice(0, 16).replace('T', ' ')
    const rows = sessions.map(({ id, name, from, openedAt, usedAt, endsAt }) => ({
      name,
      id,
      from,
      opened: minute(openedAt),
      used: minute(usedAt),
      ends: minute(endsAt)
    }))
    const columns = ['name', 'id', 'from', 'opened', 'used', 'ends']
    terminal.out(printTable(textTable(columns, rows), format))
  })
}

function addRevoke(session: Command, terminal: Terminal): void {
  const revoke = session
    .command('revoke')
    .description('end a session at once, or all of one member')
    .argument('[id]', 'its id in the list')
    .option('--member <name>', 'all sessions of that name, as the list shows it')
  addServerOptions(revoke).action(
    async (id: string | undefined, { member, ...options }: RevokeOptions) => {
      if ((id === undefined) === (member === undefined))
        throw new CandorError(
          'PARAMETER_INVALID',
          'Say which: an id of the list, or --member NAME.'
        )
      const client = await connectTo(terminal, options)
      const path =
        id === undefined
          ? `?name=${encodeURIComponent(member ?? '')}`
          : `/${encodeURIComponent(id)}`
      const { ended } = await client.delete<{ ended: number }>(`/api/v1/sessions${path}`)
      terminal.out(`${ended} ${ended === 1 ? 'session is' : 'sessions are'} ended\n`)
    }
  )
}
