/** TimescaleDB's telemetry request, and the only answers that its hand-written parser can bear. */
import { marked, problemsIn } from '../../protocols/answers.ts'
import { refusalsIn } from '../../protocols/refusals.ts'
import { jsonAnswer, parseJson } from '../../protocols/json.ts'
import type { Answer, Newest, Protocol } from '../../protocols/protocol.ts'
import type { WireRecord } from '../../record.ts'
import type { ProductServices } from '../product.ts'
import { readReport, type Licence, type Report } from './report.ts'
import { isUpToDate } from './version-order.ts'

// Ten times what ten thousand function signatures take, the most that TimescaleDB's shared memory
// holds.
const bodyBytesMax = 4_194_304

/**
 * What the client accepts as a version; anything else would go to the server's log as a complaint.
 */
const versionText = /^[A-Za-z0-9.-]{1,128}$/

const timescaledbProblems = {
  REPORT_UNREADABLE: {
    status: 400,
    message:
      'The body must be a telemetry report: one JSON object with db_uuid and timescaledb_version.'
  },
  BODY_TOO_LARGE: { status: 413, message: 'The body must not be larger than 4 MiB.' },
  BODY_NOT_READABLE: {
    status: 400,
    message: 'The body could not be decompressed as its Content-Encoding says.'
  },
  ENCODING_UNSUPPORTED: { status: 415, message: 'Content-Encoding must be gzip, or absent.' },
  ROUTE_UNKNOWN: { status: 404, message: 'Reports are sent to /v1/metrics.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'Reports are sent with POST.' },
  OVERLOADED: { status: 503, message: 'Nothing can be kept right now; the next report will do.' }
} as const satisfies Record<string, { readonly status: number; readonly message: string }>

const problem = problemsIn(timescaledbProblems)

export function timescaledbProtocol({
  product,
  newest,
  accounts
}: Pick<ProductServices, 'product' | 'newest' | 'accounts'>): Protocol {
  return {
    name: 'timescaledb',
    bodyBytesMax,
    decode(request) {
      // A database in another encoding sends bytes that are no UTF-8; their replacements fit none
      // of the contract's patterns.
      const report = readReport(parseJson(request.body.toString('utf8')))
      if (report === undefined)
        return { is: 'refused', answer: problem('REPORT_UNREADABLE'), code: 'REPORT_UNREADABLE' }
      const { source, fields, version, postgresqlMajor, licence } = report
      return {
        is: 'records',
        records: [
          { source: { product, ...source }, wire: 'client', name: 'report', fields },
          ...(licence === undefined || accounts === undefined
            ? []
            : [licensed(`${product}-license`, report, licence)])
        ],
        dropped: [],
        // No client retries, and two identical reports are two reports: a template's copies send
        // the same.
        duplicates: { by: 'none' },
        context: { version, postgresqlMajor } satisfies ReportingClient
      }
    },
    accepted(decoded, outcomes) {
      const answer = versionAnswer(product, newest, decoded.context as ReportingClient)
      return outcomes.every((outcome) => outcome.is === 'kept')
        ? answer
        : marked(answer, 'contract')
    },
    // Without a 2xx the client keeps its function counts for the next report.
    overloaded: () => problem('OVERLOADED'),
    refusals: refusalsIn(problem, 'REPORT_UNREADABLE')
  }
}

/** One database's licence, apart from all else that it reports: under another token of its id. */
function licensed(
  stream: string,
  { source: { installation, version } }: Report,
  { id, fields }: Licence
): WireRecord {
  return {
    source: { product: stream, installation, version, account: id },
    wire: 'client',
    name: 'enterprise_license',
    fields
  }
}

interface ReportingClient {
  readonly version: string | undefined
  readonly postgresqlMajor: number | undefined
}

/**
 * Both keys in every answer: since 1.1 clients read `is_up_to_date`, before that they compared the
 * version by themselves.
 */
function versionAnswer(
  product: string,
  newest: Newest,
  { version = '', postgresqlMajor }: ReportingClient
): Answer {
  // A release that may not run on this PostgreSQL is a wrong answer, and none is not.
  const offered =
    postgresqlMajor === undefined
      ? undefined
      : newest.newest(product, { name: 'postgresql', major: postgresqlMajor })
  if (offered === undefined || !versionText.test(offered)) {
    return jsonAnswer(200, {
      current_timescaledb_version: versionText.test(version) ? version : '',
      is_up_to_date: true
    })
  }
  return jsonAnswer(200, {
    current_timescaledb_version: offered,
    is_up_to_date: isUpToDate(version, offered)
  })
}
