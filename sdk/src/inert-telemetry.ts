/**
 * What does a program hold where this runtime is too old for the SDK, or where it was built without
 * it? Something that does nothing, and says so to whoever asks.
 */
import type { ContractForm } from './form.ts'
import type { Controls, Status, Telemetry } from './telemetry.ts'

export function inertTelemetry(
  form: ContractForm,
  version: string,
  { where, says }: { readonly where: string; readonly says: string }
): Telemetry {
  const because = { source: 'compiled-out', where, says: 'off' } as const
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
    required: [],
    unkept: undefined,
    warnings: [says]
  }
  const required = (form.edition?.streams ?? []).flatMap((stream) =>
    stream.required === undefined ? [] : [stream.name]
  )
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
    compare: () => Promise.resolve({ is: 'ignored', says: [says] }),
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
    required: () =>
      required.length === 0 ? { is: 'none' } : { is: 'off', streams: required, because: says },
    controls
  }
}
