/** The API: questions, SQL, the live view, installations and the doctor, for the command line and the dashboard. */
import { Readable } from 'node:stream'
import { closest } from 'fastest-levenshtein'
import type { CompiledContract } from '@candor/contract'
import { questionNamed } from '../analytics/questions.ts'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { HttpRoute } from '../http/route.ts'
import type { Storage } from '../storage/storage.ts'
import { apiRoute, apiStream } from './api-route.ts'
import { auditReasons } from './audit.ts'
import { checkedId, lookAtInstallation, type InstallationServices } from './installation.ts'
import { asDays, oneOf, requiredText } from './parameters.ts'

export interface ApiServices {
  readonly token: string
  readonly effects: Effects
  readonly storage: Storage
  /** The newest contract of each product. */
  readonly contracts: () => ReadonlyMap<string, CompiledContract>
  readonly installations: Pick<InstallationServices, 'audit' | 'tokensOf' | 'requestErasure'>
  /** Lines of the live view, until the returned function is called. */
  readonly subscribe: (filter: { readonly product: string | undefined }, listener: (line: object) => void) => () => void
  readonly checks: () => Promise<readonly DoctorCheck[]>
}

export interface DoctorCheck {
  readonly name: string
  readonly is: 'ok' | 'warning' | 'failed'
  readonly says: string
}

/** Lines that a slow reader may fall behind before it loses some. */
const tailLinesMax = 1000

export function createApi(services: ApiServices): readonly HttpRoute[] {
  const { token, storage, effects, contracts } = services
  return [
    apiRoute({
      method: 'GET',
      path: '/api/v1/ask',
      token,
      handle: async ({ parameters }) => {
        const question = questionNamed(requiredText(parameters.get('question'), 'question', 'versions'))
        const product = contractOf(contracts(), requiredText(parameters.get('product'), 'product', 'dlt'))
        const sinceDays = asDays(parameters.get('since') ?? '30d')
        return question.answer({ storage, product, now: effects.clock.now(), sinceDays, by: parameters.get('by') ?? undefined })
      }
    }),
    apiRoute({
      method: 'POST',
      path: '/api/v1/query',
      token,
      handle: async ({ body }) => {
        const sql = requiredText(body['sql'], 'sql', 'SELECT count() FROM records')
        const rowsMax = wholeWithin(body['rowsMax'], 'rowsMax', 1000, 100_000)
        const deadlineMs = wholeWithin(body['deadlineMs'], 'deadlineMs', 30_000, 300_000)
        const { columns, rows, truncated } = await storage.userQuery({ sql, rowsMax, deadlineMs })
        return {
          question: 'query',
          parameters: {},
          columns,
          rows,
          notes: truncated ? [`Only the first ${rowsMax} rows are shown; --rows raises that.`] : []
        }
      }
    }),
    apiStream({
      path: '/api/v1/tail',
      token,
      handle: ({ parameters }) => {
        const product = parameters.get('product') ?? undefined
        return tail(services, product === undefined ? undefined : contractOf(contracts(), product).contract.product)
      }
    }),
    apiRoute({
      method: 'POST',
      path: '/api/v1/installation',
      token,
      handle: ({ body }) => {
        const product = contractOf(contracts(), requiredText(body['product'], 'product', 'dlt')).contract.product
        const action = oneOf(requiredText(body['action'], 'action', 'show'), ['show', 'export', 'delete'], 'action')
        const reason = oneOf(requiredText(body['reason'], 'reason', 'access'), auditReasons, 'reason')
        return lookAtInstallation({ storage, ...services.installations }, { action, product, id: checkedId(body['id']), reason })
      }
    }),
    apiRoute({ method: 'GET', path: '/api/v1/doctor', token, handle: async () => ({ checks: await services.checks() }) })
  ]
}

function contractOf(contracts: ReadonlyMap<string, CompiledContract>, name: string): CompiledContract {
  const found = contracts.get(name)
  if (found !== undefined) return found
  const names = [...contracts.keys()]
  throw new CandorError(
    'PRODUCT_UNKNOWN',
    `No such product is known; did you mean "${closest(name.slice(0, 60), names)}"? There are: ${names.join(', ')}`
  )
}

function wholeWithin(value: unknown, name: string, usual: number, max: number): number {
  if (value === undefined) return usual
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new CandorError('PARAMETER_INVALID', `"${name}" must be a whole number from 1 to ${max}; for example ${usual}`)
}

function tail(services: ApiServices, product: string | undefined): Readable {
  let missed = 0
  const stream = new Readable({ objectMode: false, highWaterMark: 1_048_576, read: () => undefined })
  let waiting = 0
  const unsubscribe = services.subscribe({ product }, (line) => {
    if (waiting >= tailLinesMax) {
      missed += 1
      return
    }
    waiting += 1
    const text =
      missed > 0 ? `${JSON.stringify({ is: 'missed', count: missed })}\n${JSON.stringify(line)}\n` : `${JSON.stringify(line)}\n`
    missed = 0
    // A reader that takes what it is given empties the buffer at once; one that does not is told how much it missed.
    if (stream.push(text)) waiting = 0
  })
  stream._read = () => {
    waiting = 0
  }
  stream.once('close', unsubscribe)
  return stream
}
