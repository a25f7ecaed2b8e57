/** Writes down each look at one installation: when, what, whose product, which token and why; never the id itself. */
import type { Effects } from '../effects.ts'
import type { Token } from '../record.ts'

export const auditReasons = ['access', 'support', 'deletion'] as const

export interface AuditEntry {
  readonly action: 'show' | 'export' | 'delete'
  readonly product: string
  readonly installation: readonly Token[]
  readonly reason: (typeof auditReasons)[number]
  readonly found: boolean
}

export type Audit = (entry: AuditEntry) => Promise<void>

/** One JSON line an entry, readable by the server's user only. A look that can't be written down is not granted: the promise rejects. */
export function openAudit({ path, effects }: { path: string; effects: Effects }): Audit {
  return async (entry) => {
    const file = await effects.files.open(path, 'a', 0o600)
    try {
      await file.appendFile(`${JSON.stringify({ at: new Date(effects.clock.now()).toISOString(), ...entry })}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
  }
}
