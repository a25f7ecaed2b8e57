/** `candor clock`: what time the server holds it to be, and that its machine is right after all. */
import type { Command } from 'commander'
import type { ClockAnswer } from '../../api/endpoints/keeping/clock.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'

export function addClock(program: Command, terminal: Terminal): void {
  const clock = program
    .command('clock')
    .description('what time the server holds it to be: a clock that jumps is not believed')
  addServerOptions(clock).action(async (options: ServerOptions) => {
    const client = await connectTo(terminal, options)
    terminal.out(line(await client.get<ClockAnswer>('/api/v1/clock')))
  })
  const believe = clock
    .command('believe')
    .description('the machine’s clock is right: go on by it, and expire what it says has expired')
  addServerOptions(believe).action(async (options: ServerOptions) => {
    const client = await connectTo(terminal, options)
    terminal.out(line(await client.post<ClockAnswer>('/api/v1/clock', {})))
  })
}

function line({ clock, says, is }: ClockAnswer): string {
  return clock === 'believed'
    ? `it is ${is}, as the machine says\n`
    : `the machine says ${says}, which is not believed: it is held to be ${is}\n`
}
