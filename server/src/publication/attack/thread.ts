/** The thread of `attack-thread.ts`: is handed tables, and says what gives something away. */
import { parentPort, workerData } from 'node:worker_threads'
import { openSolver } from '../linear-program.ts'
import type { PublishedTable } from '../published.ts'
import { attack } from './attack.ts'

const { findings } = attack(workerData as readonly PublishedTable[], await openSolver())
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- it has none
parentPort?.postMessage(findings)
