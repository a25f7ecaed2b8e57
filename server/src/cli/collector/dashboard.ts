/** `candor dashboard`: asks the running server for a link that signs a browser in, once. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

interface DashboardOptions extends ServerOptions {
  readonly open?: true
}

export function addDashboard(program: Command, terminal: Terminal): void {
  const dashboard = program
    .command('dashboard')
    .description('print a link that opens the dashboard and signs in, once, within ten minutes')
    .option('--open', 'open it in the browser of this machine')
    .addHelpText(
      'after',
      '\nThe link carries the rights of the token that asked for it. People without one sign ' +
        'in with a token of their own: candor token create.'
    )
  addServerOptions(dashboard).action(async ({ open, ...options }: DashboardOptions) => {
    const client = await connectTo(terminal, options)
    const { path } = await client.post<{ path: string }>('/api/v1/sign-in-links', {})
    const link = `${client.address.url}${path}`
    terminal.out(`${link}\n`)
    if (open === true && !(await openLink(link, terminal)))
      terminal.error('No browser could be opened here; open the link yourself.\n')
  })
}

/** Longer than a browser takes to start. */
const readMs = 10_000

/**
 * By way of a file that only this user can read: everybody on the machine sees the parameters of
 * every process, and a link lets its reader in.
 */
async function openLink(
  link: string,
  { effects: { files, clock }, network, signal }: Terminal
): Promise<boolean> {
  const folder = await files.mkdtemp(join(tmpdir(), 'candor-'))
  try {
    const file = join(folder, 'sign-in.html')
    const page =
      '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta ' +
      `http-equiv="refresh" content="0; url=${new URL(link).href}"><title>Candor</title>`
    await files.writeFile(file, page, { mode: 0o600 })
    const opened = await network.openBrowser(pathToFileURL(file).href)
    if (opened) await clock.sleep(readMs, signal)
    return opened
  } finally {
    await files.rm(folder, { recursive: true, force: true })
  }
}
