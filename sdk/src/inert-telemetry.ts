/**
 * What does a program hold where this runtime is too old for the SDK? Something that does nothing,
 * and says so to whoever asks.
 */
import type { ContractForm } from './form.ts'
import type { Controls, Status, Telemetry } from './telemetry.ts'

export function inertTelemetry(
  form: ContractForm,
  version: string,
  nodeVersion: string
): Telemetry {
  const says =
    `Node ${nodeVersion} is older than this SDK supports (20.19, or 22.3 and later): nothing ` +
    'is recorded or sent'
  const because = { source: 'compiled-out', where: `Node ${nodeVersion}`, says: 'off' } as const
  const status: Status = {
    state: 'off',
    level: undefined,
    because,
    sayings: [because],
    product: form.product,
    version,
    endpoints: [],
    wire: 'native',
    identity: { kind: form.identity.kind, id: undefined, account: undefined },
    levels: [],
    folder: undefined,
    waiting: { records: 0, bytes: 0, lost: 0 },
    lastDelivery: undefined,
    mutedUntil: undefined,
    versionCheck: { is: 'off', because: says },
    stops: undefined,
    unkept: undefined,
    warnings: [says]
  }
  const nothing = (): void => {}
  const now = (): Promise<Status> => Promise.resolve(status)
  const controls: Controls = {
    status: now,
    off: () => Promise.resolve({ status, receipts: [], forgotten: undefined }),
    on: now,
    local: now,
    configure: nothing,
    noticeShown: nothing,
    notice: () => Promise.resolve(''),
    preview: () =>
      Promise.resolve({ url: undefined, headers: {}, bodies: [], silent: says, example: [] }),
    log: () => Promise.resolve([]),
    diff: () => Promise.resolve({ accepted: false, asks: [], stops: false }),
    accept: now,
    reset: now,
    forget: () => Promise.resolve({ is: 'failed', says, keys: [] }),
    export: () => Promise.resolve(''),
    import: () => Promise.resolve({ is: 'silent', state: 'off' }),
    verify: () => Promise.resolve({ is: 'unknown', says }),
    test: () => Promise.resolve({ is: 'silent', says }),
    versions: () =>
      Promise.resolve({
        is: 'off',
        newest: undefined,
        outdated: undefined,
        advisories: [],
        support: undefined,
        says
      })
  }
  return {
    record: nothing,
    measure: (_name, _fields, operation) => operation(),
    recordOnce: nothing,
    count: nothing,
    report: () => nothing,
    flush: () => Promise.resolve({ is: 'silent', state: 'off' }),
    close: () => Promise.resolve(),
    controls
  }
}
