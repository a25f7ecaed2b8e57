/** `candor doctor`: what is well and what is not, each with what to do. */
import type { Command } from 'commander'
import type { DoctorCheck } from '../../api/doctor/doctor.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

export function addDoctor(program: Command, terminal: Terminal): void {
  const doctor = program
    .command('doctor')
    .description('check the running server: write path, store, disk, products, keys')
    .option('--json', 'print as JSON')
  addServerOptions(doctor).action(async (options: ServerOptions & { readonly json?: true }) => {
    const client = await connectTo(terminal, options)
    const { checks } = await client.get<{ checks: readonly DoctorCheck[] }>('/api/v1/doctor')
    if (options.json === true) terminal.out(`${JSON.stringify({ checks }, undefined, 2)}\n`)
    else
      for (const { name, is, says } of checks)
        terminal.out(`${{ ok: '✓', warning: '!', failed: '✗' }[is]} ${name}: ${says}\n`)
    if (checks.some(({ is }) => is === 'failed')) process.exitCode = 1
  })
}
