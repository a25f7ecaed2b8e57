/** `candor move`: from the embedded store to a ClickHouse server, while reports come in. */
import type { Command } from 'commander'
import type { MoveAnswer } from '../../api/endpoints/keeping/move.ts'
import { passwordIn } from '../../app/store-address.ts'
import { CandorError } from '../../errors.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface MoveOptions extends ServerOptions {
  readonly to: string
  readonly user: string
  readonly passwordFile?: string
  readonly database: string
}

const lookMs = 500

export function addMove(program: Command, terminal: Terminal): void {
  const move = program
    .command('move')
    .description(
      'move what the embedded store holds to a ClickHouse server, while reports come in; ' +
        'cut off, it goes on where it was'
    )
    .requiredOption('--to <url>', 'that server, such as https://clickhouse.internal:8443')
    .option('--user <name>', 'who may create tables and insert there', 'default')
    .option('--password-file <file>', "file of that user's password")
    .option('--database <name>', 'a database there, without records', 'candor')
  addServerOptions(move).action(async (options: MoveOptions) => {
    const { to, user, passwordFile, database } = options
    const { effects, out } = terminal
    const password = await passwordIn(effects.files, '--password-file', passwordFile)
    const client = await connectTo(terminal, options)
    const told = new Set<string>()
    let state = await client.post<MoveAnswer>('/api/v1/move', { url: to, user, password, database })
    for (;;) {
      for (const line of progressOf(state)) if (!told.has(line)) out(line)
      for (const line of progressOf(state)) told.add(line)
      if (state.is !== 'copying' && state.is !== 'comparing') break
      await effects.clock.sleep(lookMs)
      state = await client.get<MoveAnswer>('/api/v1/move')
    }
    if (state.is !== 'done')
      throw new CandorError(
        'STORAGE_UNAVAILABLE',
        state.says ?? 'The move was cut off: move again.'
      )
    out(ending(state, { to, user, database }))
  })
}

function progressOf({ tables }: MoveAnswer): readonly string[] {
  const number = (value: number): string => value.toLocaleString('en')
  return tables.flatMap(({ table, rows, moved, same }) => [
    ...(rows > 0 && moved < rows ? [`  ${table}: ${number(moved)} of ${number(rows)} rows\n`] : []),
    ...(rows > 0 && moved === rows ? [`  ${table}: ${number(rows)} rows are there\n`] : []),
    ...(same === null ? [] : [`✓ ${table}: the same ${number(same)} in both stores\n`])
  ])
}

function ending(
  { takenAt, startBy, tables }: MoveAnswer,
  to: { readonly to: string; readonly user: string; readonly database: string }
): string {
  return `
${tables.length} tables are there, as they were at ${takenAt}.
Now put this into candor.yaml and restart:

clickhouse:
  url: ${to.to}
  user: ${to.user}
  password_file: ./clickhouse.password
  database: ${to.database}

What came since ${takenAt} is then loaded there from the inbox, which remembers it
until ${startBy}. Keep data/engine until you have looked.
`
}
