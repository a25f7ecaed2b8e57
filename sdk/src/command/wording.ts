/** How are numbers, and what was heard of a report, said to a person? */
import type { LogEntry } from '../telemetry.ts'

export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** An attempt that nobody answered is none that was sent. */
export function heard(status: LogEntry['status']): string {
  if (status === 'log') return 'not sent, only written here'
  return status === 0 ? 'no answer' : String(status)
}
