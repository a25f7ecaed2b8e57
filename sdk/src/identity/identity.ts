/**
 * Under which random ids does an installation report, and how are names turned into tokens that
 * mean nothing outside of it?
 */
import { DAY_MS } from '#values/days'
import { windowOf } from '#values/windows'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import { baseFolder, folderAt, hex, type StateFolder } from '../state/state-folder.ts'
import type { TelemetryOptions } from '../telemetry.ts'
import { installationFile, type InstallationFile } from './installation-file.ts'
import { randomUuid, uuidOf } from './uuid.ts'

/** Nothing is made before something is asked for: ask only when the decision allows to record. */
export interface Identity {
  /**
   * Persistent: the installation's id. Undefined for other kinds, and where nothing can be kept.
   */
  installation(machine?: string): string | undefined
  /** What copies of one installation share, where the contract has it and the host keeps it. */
  lineage(): string | undefined
  /** The id that exists, of whatever kind; makes none. It serves `status`. */
  known(): string | undefined
  /** Window: its name and the id that belongs to it alone; no two windows can be linked. */
  window(at: number, machine?: string): { readonly window: string; readonly id: string } | undefined
  /** Its name alone; makes nothing. */
  windowName(at: number): string | undefined
  /** What the user supplied. */
  account(): string | undefined
  /** Whom a stream of an edition concerns; the variable is the stream's own. */
  streamAccount(from: string | undefined): string | undefined
  /**
   * HMAC-SHA-256 of a name, 64 hexadecimal digits: equal for equal names of one installation (of
   * one window, of one process).
   */
  hashName(field: string, value: string): string
  /** Whoever shows the key may erase what was reported under its hash. */
  deletionKey(of: {
    readonly report: string
    readonly window: string | undefined
    /** A key that two reports share would tie them together. */
    readonly isNameless?: boolean
    readonly machine?: string | undefined
  }): {
    readonly key: string
    readonly hash: `sha256:${string}`
  }
  /** Ends with the process, the window or the UTC day, whichever is first. */
  session(now: number): { readonly id: string; readonly startsNew: boolean }
  /** A new id and a new salt; what was reported is no longer tied to what will be. */
  reset(): void
  /**
   * Drops what is in memory, and with `file` a product's own id file: the rest of the state is
   * deleted by `off`.
   */
  /** Whether the product's own id file is ours to remove. */
  hasMadeFile(): boolean
  forget(options?: { readonly file?: boolean }): void
}

export interface IdentityInput {
  readonly form: ContractForm
  readonly options: Pick<TelemetryOptions, 'folder' | 'idFile' | 'account' | 'ids'>
  readonly state: StateFolder
  /** What was agreed to, where that is less than the contract's: `consent.identity`. */
  readonly allowed?: () => ContractForm['identity']
  readonly effects: Pick<Effects, 'files' | 'now' | 'randomBytes' | 'system' | 'variables'>
}

const accountLengthMax = 256

export function openIdentity({
  form,
  options,
  state,
  allowed = () => form.identity,
  effects
}: IdentityInput): Identity {
  // Loaded when something is to be keyed: it takes as long as all else of the SDK together.
  const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')
  // Opened when an id or a salt is asked for: most records need neither.
  let opened: InstallationFile | undefined
  const file = (): InstallationFile =>
    (opened ??= installationFile({ state, idPlace: idPlaceOf(form, options, effects), effects }))
  const ofMachine = (machine: string | undefined): ReturnType<InstallationFile['read']> =>
    machine === undefined ? file().read() : file().of(machine)
  let processSalt: string | undefined
  let session: { readonly id: string; readonly of: string } | undefined

  const hmac = (key: string, text: string): Uint8Array =>
    crypto().createHmac('sha256', key).update(text).digest()
  const windowNow = (at: number): string | undefined => {
    const { kind, days } = allowed()
    return kind === 'window' ? windowOf(at, days ?? 7) : undefined
  }
  /** For what must not outlive the process: no identity, or nowhere to keep one. */
  const ownSalt = (): string => (processSalt ??= hex(effects.randomBytes(32)))

  const windowId = (salt: string, window: string): string => uuidOf(hmac(salt, `id ${window}`))

  function saltAt(at: number): string {
    const window = windowNow(at)
    if (window !== undefined) return hex(hmac(file().read()?.salt ?? ownSalt(), `names ${window}`))
    return (allowed().kind === 'persistent' ? file().read()?.salt : undefined) ?? ownSalt()
  }

  const accountFrom = (from: string | undefined): string | undefined => {
    const given = options.account ?? (from === undefined ? undefined : effects.variables[from])
    const account = typeof given === 'string' ? given.trim() : ''
    return account === '' || account.length > accountLengthMax ? undefined : account
  }
  return {
    installation: (machine) =>
      allowed().kind === 'persistent'
        ? (options.ids?.installation ?? ofMachine(machine)?.id)
        : undefined,
    lineage: () =>
      allowed().kind === 'persistent' && allowed().lineage ? options.ids?.lineage : undefined,
    known() {
      const { kind } = allowed()
      const kept = file().peek()
      if (kind === 'persistent') return options.ids?.installation ?? kept?.id
      const window = windowNow(effects.now())
      return window === undefined || kept === undefined ? undefined : windowId(kept.salt, window)
    },
    window(at, machine) {
      const window = windowNow(at)
      return window === undefined
        ? undefined
        : { window, id: windowId(ofMachine(machine)?.salt ?? ownSalt(), window) }
    },
    windowName: windowNow,
    account() {
      const declared = allowed().account
      if (declared === undefined) return undefined
      return accountFrom(declared.from)
    },
    streamAccount: accountFrom,
    hashName: (field, value) => hex(hmac(saltAt(effects.now()), `${field}\n${value}`)),
    deletionKey({ window, isNameless, machine }) {
      const kept = allowed().kind === 'none' || isNameless ? undefined : ofMachine(machine)
      const key =
        kept === undefined
          ? hex(effects.randomBytes(32))
          : allowed().kind === 'window'
            ? hex(hmac(kept.salt, `deletion ${window}`))
            : kept.deletion
      return { key, hash: `sha256:${crypto().createHash('sha256').update(key).digest('hex')}` }
    },
    session(now) {
      const of = `${Math.floor(now / DAY_MS)} ${windowNow(now)}`
      const startsNew = session?.of !== of
      if (session === undefined || startsNew) session = { id: randomUuid(effects), of }
      return { id: session.id, startsNew }
    },
    reset() {
      processSalt = undefined
      session = undefined
      file().renew()
    },
    hasMadeFile: () => file().hasMadeFile(),
    forget(forgotten = {}) {
      processSalt = undefined
      session = undefined
      file().forget(forgotten)
    }
  }
}

/** Where the product has kept its id so far: a file beside the state folder. */
function idPlaceOf(
  { product }: ContractForm,
  { folder, idFile }: Pick<TelemetryOptions, 'folder' | 'idFile'>,
  effects: IdentityInput['effects']
): { readonly folder: StateFolder; readonly name: string } | undefined {
  const base = baseFolder({ product, folder, effects })
  if (idFile === undefined || base === undefined) return undefined
  const parts = idFile.split(/[\\/]/).filter((part) => part !== '' && part !== '.')
  const name = parts.pop()
  if (name === undefined || parts.includes('..')) return undefined
  return { folder: folderAt([base, ...parts].join('/'), effects, { mayBeLink: true }), name }
}
