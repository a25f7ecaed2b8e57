/**
 * Who are the accounts that an edition's streams are kept of? Their readable names, and what they
 * are answered, stand in the operator's own file and nowhere else.
 */
import { isMap, isSeq, parseDocument, type YAMLMap } from 'yaml'
import { z } from 'zod'
import { distrusted } from '../config/trusted-file.ts'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Token } from '../record.ts'

/** As `accounts.yaml` has it. */
export interface Account {
  /** The stream that it is an account of, as a product: `dblab-usage`. */
  readonly product: string
  readonly name: string
  /** What the store knows it by: one token for each epoch of the secret in which it was heard. */
  readonly tokens: readonly Token[]
  readonly alias: string
  /** The number by which the operator's own systems know it. */
  readonly id: number
  readonly plan: string
  /** What its programs hear when they report. */
  readonly billingActive: boolean
}

/** What a product's own wire needs to know of whoever reports. */
export interface AccountAnswers {
  /** By what its program sent: a key, which is let go of at once. */
  find(product: string, raw: string): Account | undefined
}

export interface Accounts extends AccountAnswers {
  list(): readonly Account[]
  /** What the store knows a key by, newest first. */
  tokensOf(product: string, key: string): readonly Token[]
  /** The readable name of a token, if the operator gave it one. */
  named(product: string, token: Token): Account | undefined
  /** On the disk once it resolves; what is not said stays as it was. Throws ACCOUNTS_INVALID. */
  link(wanted: LinkedAccount): Promise<Account>
  /** The file again, if it has changed. What can't be read changes nothing, and is told. */
  refresh(): Promise<void>
  /** Why the file as it is now is not heeded. */
  problem(): string | undefined
}

interface LinkedAccount {
  readonly product: string
  readonly name: string
  readonly tokens: readonly Token[]
  readonly alias?: string | undefined
  readonly id?: number | undefined
  readonly plan?: string | undefined
  readonly billingActive?: boolean | undefined
}

interface AccountOptions {
  readonly path: string
  readonly tokensOf: (product: string, raw: string) => readonly Token[]
  readonly effects: Pick<Effects, 'files' | 'clock' | 'random'>
}

const token = z.string().regex(/^[0-9a-f]{32}$/)
const nameShape = z.string().min(1).max(200)
const entry = z.strictObject({
  product: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  name: nameShape,
  tokens: z.array(token).max(100),
  alias: z.string().max(100).optional(),
  id: z.int().min(0).optional(),
  plan: z.string().max(100).optional(),
  billing_active: z.boolean().optional()
})
const whole = z.strictObject({ accounts: z.array(entry).max(100_000) })
type Entry = z.infer<typeof entry>

const emptyFile =
  '# Who your accounts are: readable names stand here alone.\n' +
  '# It is read again when it changes; `candor account link` writes to it.\naccounts: []\n'

/** Looked at again so often: an operator who sets `billing_active` waits no longer. */
const freshMs = 1_000

/** Throws ACCOUNTS_INVALID: going on without the file would answer every customer as a stranger. */
export async function openAccounts(options: AccountOptions): Promise<Accounts> {
  const accounts = new AccountFile(options)
  await accounts.open()
  return accounts
}

class AccountFile implements Accounts {
  readonly #options: AccountOptions
  #accounts: readonly Account[] = []
  #byToken: ReadonlyMap<string, Account> = new Map()
  #text = emptyFile
  #problem: string | undefined
  #lookedAt = 0
  #working: Promise<unknown> = Promise.resolve()

  constructor(options: AccountOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    await this.#read()
  }

  find(product: string, raw: string): Account | undefined {
    const { clock } = this.#options.effects
    if (Math.abs(clock.now() - this.#lookedAt) > freshMs) void this.refresh()
    const [now, ...before] = this.#options.tokensOf(product, raw)
    if (now === undefined) return undefined
    const found = this.named(product, now)
    if (found !== undefined) return found
    const older = before.flatMap((each) => this.named(product, each) ?? [])[0]
    // The secret was rotated since: what is stored from now on is found by its new token too.
    if (older !== undefined)
      void this.link({ product, name: older.name, tokens: [now] }).catch(() => undefined)
    return older
  }

  named(product: string, each: Token): Account | undefined {
    return this.#byToken.get(`${product} ${each}`)
  }

  list(): readonly Account[] {
    return this.#accounts
  }

  tokensOf(product: string, key: string): readonly Token[] {
    return this.#options.tokensOf(product, key.trim())
  }

  link(wanted: LinkedAccount): Promise<Account> {
    return this.#oneByOne(async () => {
      await this.#read()
      const text = withAccount(this.#text, wanted)
      this.#take(text)
      await this.#write(text)
      const [linked] = this.#accounts.filter(
        ({ product, name }) => product === wanted.product && name === wanted.name
      )
      if (linked === undefined) throw invalid('The account could not be written.')
      return linked
    })
  }

  refresh(): Promise<void> {
    this.#lookedAt = this.#options.effects.clock.now()
    return this.#oneByOne(() => this.#read()).catch((error: unknown) => {
      this.#problem = error instanceof Error ? error.message : String(error)
    })
  }

  problem(): string | undefined {
    return this.#problem
  }

  #oneByOne<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#working.then(work)
    this.#working = done.catch(() => undefined)
    return done
  }

  async #read(): Promise<void> {
    const { path, effects } = this.#options
    this.#lookedAt = effects.clock.now()
    const untrusted = await distrusted(path, effects)
    if (untrusted !== undefined) throw invalid(`No account of this file is believed: ${untrusted}`)
    try {
      this.#take(await effects.files.readFile(path, 'utf8'))
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause
      this.#take(emptyFile)
    }
    this.#problem = undefined
  }

  #take(text: string): void {
    const read = whole.safeParse(parseDocument(text).toJS() as unknown)
    if (!read.success) {
      const [issue] = read.error.issues
      throw invalid(
        `${this.#options.path} is no file of accounts: ${issue?.path.join('.') ?? ''} ` +
          `${issue?.message ?? ''}. \`candor account link\` writes what belongs there.`
      )
    }
    const accounts = read.data.accounts.map(accountOf)
    const byToken = new Map<string, Account>()
    for (const account of accounts)
      for (const each of account.tokens) byToken.set(`${account.product} ${each}`, account)
    this.#text = text
    this.#accounts = accounts
    this.#byToken = byToken
  }

  async #write(text: string): Promise<void> {
    const { path, effects } = this.#options
    const draft = `${path}.${effects.random(6).toString('hex')}`
    await effects.files.writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true })
    await effects.files.rename(draft, path)
  }
}

function accountOf(read: Entry, at: number): Account {
  return {
    product: read.product,
    name: read.name,
    tokens: read.tokens as Token[],
    alias: read.alias ?? read.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    id: read.id ?? at + 1,
    plan: read.plan ?? '',
    // An account that the operator wrote down is one until they say that it is none any more.
    billingActive: read.billing_active ?? true
  }
}

/** The text with this account in it, and every comment that somebody wrote there. */
function withAccount(text: string, wanted: LinkedAccount): string {
  const document = parseDocument(text)
  const list = document.get('accounts')
  if (!isSeq(list)) throw invalid('`accounts` is no list.')
  list.flow = false
  const said = {
    alias: wanted.alias,
    id: wanted.id,
    plan: wanted.plan,
    billing_active: wanted.billingActive
  }
  const found = list.items.find(
    (item): item is YAMLMap =>
      isMap(item) && item.get('product') === wanted.product && item.get('name') === wanted.name
  )
  const account =
    found ?? document.createNode({ product: wanted.product, name: wanted.name, tokens: [] })
  const tokens = new Set(
    z.array(z.string()).parse((account.toJS(document) as { tokens: unknown }).tokens)
  )
  for (const each of wanted.tokens) tokens.add(each)
  account.set('tokens', document.createNode([...tokens]))
  for (const [key, value] of Object.entries(said)) if (value !== undefined) account.set(key, value)
  if (found === undefined) list.add(account)
  // One token names one account.
  for (const item of list.items) {
    if (!isMap(item) || item === account || item.get('product') !== wanted.product) continue
    const others = z.array(z.string()).parse((item.toJS(document) as { tokens: unknown }).tokens)
    const left = others.filter((each) => !wanted.tokens.includes(each as Token))
    if (left.length < others.length) item.set('tokens', document.createNode(left))
  }
  return document.toString()
}

function invalid(message: string): CandorError<'ACCOUNTS_INVALID'> {
  return new CandorError('ACCOUNTS_INVALID', message)
}
