/**
 * The script that sends once its program is over: it is given the state folder, and ends within ten
 * seconds whatever the network does.
 */
import { systemEffects } from '../effects.ts'
import { sendForProgram } from './send-for-program.ts'

const lifeMsMax = 10_000

// A look-up by the system can't be cancelled and would hold up the end of any process that asks
// nicely.
setTimeout(() => process.kill(process.pid, 'SIGKILL'), lifeMsMax - 500)
await sendForProgram({ path: process.argv[2] ?? '', effects: systemEffects }).catch(() => undefined)
process.kill(process.pid, 'SIGKILL')
