/** How large a file, a function and a folder may be, each with the exceptions that are known. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8'
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))

const isTest = (path: string): boolean => /\.test\.ts$|\.test-support\./.test(path)
/** What a generator wrote is as long as its contract, or the API. */
const isGenerated = (path: string): boolean =>
  /^examples\/[^/]+\/telemetry\.ts$/.test(path) || path === 'dashboard/src/api/answers.ts'
const sources = tracked.filter(
  (path) =>
    /\.(ts|tsx|mjs)$/.test(path) &&
    !isTest(path) &&
    !path.includes('/fixtures/') &&
    !isGenerated(path)
)

/** Longer than 500 lines. */
const longFiles: readonly string[] = [
  'contract/src/generate/disclosure/disclosure-page.ts',
  'server/src/collector/collect.ts'
]

/** With more than 15 sources of their own. */
const fullFolders: readonly string[] = []

/** Longer than 100 lines: most of them close over the state of one long-lived thing. */
const longFunctions: readonly string[] = [
  'contract/src/generate/schema/openapi.ts: generateOpenapi',
  'contract/src/generate/standalone/parts/client.ts: openClient',
  'contract/src/holding/plan.ts: buildPlan',
  'server/src/storage/client/clickhouse-client.ts: connectClickHouse',
  'server/src/storage/jobs/loader.ts: startLoader',
  'server/src/storage/jobs/store-jobs.ts: startStoreJobs',
  'test/conformance/options.ts: readOptions',
  'test/journey/world/privacy/privacy-requests.ts: native'
]

/** Sources with lines of more than 100 columns, and what stands there in one piece. */
const wideSources: Readonly<Record<string, string>> = {
  'bench/questions/browser.ts': 'a program that the browser runs, as one text',
  'bench/questions/fleet.ts': 'expressions that only the store reads',
  'bench/questions/questions.ts': 'columns of one statement, side by side',
  'bench/sdk-networks.ts': 'a program that another process runs, as one text',
  'bench/sdk.ts': 'a program that another process runs, as one text',
  'bench/shapes.ts': 'one id in its five parts',
  'contract/src/generate/disclosure/html.ts':
    'a style that is printed into pages that are held byte for byte',
  'contract/src/generate/standalone/standalone.ts': 'lines of the file that it writes',
  'dashboard/src/look/icons.tsx': 'the path of one drawing',
  'dashboard/src/pages.tsx': 'one address in one expression',
  'test/conformance/laboratory/collector.ts': 'a program that another process runs, as one text',
  'test/conformance/table.ts': 'the text of a page that it writes',
  'test/journey/world/hostile/torture-cases.ts': 'bodies of attacks, each on its line',
  'test/reference/comparison-page.ts': 'the text of a cell',
  'test/reference/routes-page.ts': 'a body that is sent as it stands'
}

/** Tests with such lines: bodies, statements and texts that they expect are data, each in one piece. */
const wideTests: readonly string[] = [
  'contract/src/command/check.test.ts',
  'contract/src/diff/diff.property.test.ts',
  'contract/src/generate/client/typescript.test.ts',
  'contract/src/generate/disclosure/disclosure.test.ts',
  'contract/src/generate/schema/schemas.test.ts',
  'contract/src/generate/standalone/standalone.test.ts',
  'contract/src/holding/validate.test.ts',
  'contract/src/infer/infer-drift.test.ts',
  'postgres/test/permissions.test.ts',
  'postgres/test/report.test.ts',
  'postgres/test/running.test.ts',
  'postgres/test/switches.test.ts',
  'postgres/test/timescaledb.test.ts',
  'sdk/src/controls/open-controls.test.ts',
  'sdk/src/deliver/sender.test.ts',
  'sdk/src/identity/identity.test.ts',
  'sdk/src/record/contract.test-support.ts',
  'sdk/src/record/program.test-support.ts',
  'sdk/src/record/programs.test.ts',
  'sdk/src/record/validate.test.ts',
  'server/src/analytics/asking/questions.test.ts',
  'server/src/analytics/asking/true-numbers.test.ts',
  'server/src/analytics/twin/fleet.test-support.ts',
  'server/src/api/access/audit.test.ts',
  'server/src/collector/collector.test-support.ts',
  'server/src/config/alert-settings.test.ts',
  'server/src/config/config.test.ts',
  'server/src/inbox/crash.test.ts',
  'server/src/products/readyset/readyset.test.ts',
  'server/src/protocols/native/native.test.ts',
  'server/src/protocols/segment/segment.test.ts',
  'server/src/storage/open-storage.test.ts',
  'server/src/storage/tables/materialized-views.test.ts',
  'server/src/storage/tables/tables.test.ts',
  'server/src/storage/tables/upgrade.test.ts',
  'server/src/storage/user-sql/user-sql.test.ts',
  'test/conformance/laboratory/trace.test.ts',
  'test/journey/dashboard.test.ts',
  'test/journey/example-dblab.test.ts',
  'test/journey/example-dlt.test.ts',
  'test/journey/namespace.test.ts',
  'test/journey/own-product.test.ts',
  'test/journey/sdk-namespace.test.ts',
  'test/journey/tls.test.ts',
  'test/presence.test.ts',
  'test/tidy.test.ts',
  'test/typed-client.test.ts'
]

describe('sizes', () => {
  it('keeps files short enough to hold in the head: at most 500 lines; split by the question they answer', () => {
    const long = sources.filter(
      (path) => readFileSync(join(root, path), 'utf8').split('\n').length > 500
    )
    expect(long.toSorted()).toEqual(longFiles)
  })

  it('keeps folders small enough to look through: at most 15 sources; make rooms of what belongs together', () => {
    const counts = new Map<string, number>()
    for (const path of sources) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1)
    const full = [...counts].filter(([, count]) => count > 15).map(([folder]) => folder)
    expect(full.toSorted()).toEqual(fullFolders)
  })

  it('keeps lines of code to 100 columns: break the text, indent the statement', () => {
    // A test's name is one sentence in one piece, so that it can be searched for.
    const name = /^\s*(it|test|describe)(\.\w+)*(\(|<)|^\s*'[^']*',?$/
    // A regular expression has no place to break.
    const pattern = /^\s*(return )?\/.+\/[a-z]*(\.\w+\()?[,;)]*$/
    const wide = [...sources, ...tracked.filter((path) => isTest(path))].filter((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .some((line) => line.length > 100 && !name.test(line) && !pattern.test(line))
    )
    expect(wide.toSorted()).toEqual([...Object.keys(wideSources), ...wideTests].toSorted())
  })

  it('keeps Markdown to 100 columns, a sentence or clause a line, so that a change of a word is a change of a line', () => {
    const written = tracked.filter(
      (path) => path.endsWith('.md') && !/(^|\/)(fixtures|reference)\//.test(path)
    )
    const wide = written.flatMap((path) =>
      proseOf(readFileSync(join(root, path), 'utf8'))
        .filter((line) => line.length > 100 && /\s/.test(line.trim().replace(/\]\([^)]*\)/g, ']')))
        .map((line) => `${path}: ${line.slice(0, 60)}`)
    )
    expect(wide).toEqual([])
  })

  it('keeps functions to 100 lines: name the steps; what closes over state may be a class', () => {
    const { diagnostics } = JSON.parse(
      oxlint('-c', 'test/functions.oxlintrc.json', '--format', 'json')
    ) as { diagnostics: readonly { filename: string; message: string }[] }
    const long = diagnostics.flatMap(({ filename, message }) => {
      const name = /`(.*?)`/.exec(message)?.[1] ?? '(no name)'
      return sources.includes(filename) ? [`${filename}: ${name}`] : []
    })
    expect(long.toSorted()).toEqual(longFunctions)
  })
})

/** Without what is one piece: tables, headings, front matter, and what stands between fences. */
function proseOf(markdown: string): readonly string[] {
  const body = markdown.replace(/^---\n[\s\S]*?\n---\n/, '')
  let isFenced = false
  return body.split('\n').filter((line) => {
    if (/^\s*(```|~~~)/.test(line)) {
      isFenced = !isFenced
      return false
    }
    return !isFenced && !/^\s*(\||#|<|\[[^\]]+\]:)/.test(line)
  })
}

/** It ends with 1 where it found something, which is no failure here. */
function oxlint(...words: readonly string[]): string {
  try {
    return execFileSync(join(root, 'node_modules', '.bin', 'oxlint'), words, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024
    })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
