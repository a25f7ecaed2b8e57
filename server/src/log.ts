/**
 * Where the server says what an operator must know: JSON lines on standard error, never anything
 * that a client sent.
 */
import { destination, pino, type Logger } from 'pino'

export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>

export function createLog(level: 'error' | 'warn' | 'info' | 'debug'): Log {
  // Synchronous, so that the last line before a crash is there; the hot path never logs.
  return pino(
    { level, base: null, timestamp: () => `,"at":"${new Date().toISOString()}"` },
    destination({ fd: 2, sync: true })
  )
}
