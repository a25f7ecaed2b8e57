// Takes docs/screenshots/*.png of the built dashboard on the simulated fleet: `npm run build &&
// node scripts/screenshots.mjs`. Needs Chromium.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `node scripts/screenshots.mjs

Takes docs/screenshots/*.png of the built dashboard on the simulated fleet.
Run \`npm run build\` first; it needs Chromium.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'docs', 'screenshots')
/** A page of documentation should not weigh more than its text. */
const bytesMax = 150 * 1024
const days = 60

const pictures = [
  { name: 'overview', address: '/overview?product=dlt&compare=previous' },
  { name: 'overview-dark', address: '/overview?product=timescaledb', scheme: 'dark' },
  { name: 'overview-phone', address: '/overview?product=dlt', width: 390, height: 844 },
  { name: 'explore', address: '/explore?product=dlt&question=distribution&field=elapsed' },
  { name: 'versions', address: '/versions?product=timescaledb' },
  { name: 'live', address: '/live?product=dlt', before: sendSome },
  { name: 'contract', address: '/contract?product=dlt' },
  { name: 'health', address: '/health?product=dlt' }
]

const numbers = [
  { name: 'public', product: 'timescaledb' },
  { name: 'public-dark', product: 'dlt', scheme: 'dark' },
  { name: 'public-phone', product: 'readyset', width: 390, height: 844 }
]

const data = mkdtempSync(join(tmpdir(), 'candor-pictures-'))
const server = spawn(
  process.execPath,
  [
    join(root, 'server', 'bin', 'candor.js'),
    'serve',
    '--port',
    '0',
    '--admin-port',
    '0',
    '--data',
    join(data, 'data'),
    '--demo',
    '--demo-days',
    String(days)
  ],
  { cwd: data, env: { PATH: process.env.PATH, HOME: data }, stdio: ['ignore', 'pipe', 'inherit'] }
)
let printed = ''
server.stdout.on('data', (chunk) => (printed += chunk.toString()))
try {
  await until(() => /simulated fleet over/.test(printed), 300)
  const { url, ingest, token } = JSON.parse(readFileSync(join(data, 'data', 'server.json'), 'utf8'))
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox']
  })
  mkdirSync(folder, { recursive: true })
  for (const picture of pictures) await take(browser, picture, { url, ingest, token })
  await until(() => /public numbers are ready/.test(printed), 120)
  const base = /numbers {4}(\S+)\/public/.exec(printed)[1]
  for (const picture of numbers) await takeNumbers(browser, picture, base)
  await browser.close()
} finally {
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGTERM')
  await ended
  rmSync(data, { recursive: true, force: true })
}

async function take(
  browser,
  { name, address, scheme = 'light', width = 1280, height = 840, before },
  { url, ingest, token }
) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC'
  })
  await context.request.post(`${url}/api/v1/session`, { data: { token }, headers: { origin: url } })
  const page = await context.newPage()
  await page.goto(`${url}${address}`)
  await page.locator('main h1').first().waitFor()
  if (before !== undefined) await before(page, ingest)
  const unsettled = page
    .locator(
      '[aria-busy="true"], [data-stale="true"], [data-drawn="false"], ' +
        '.mantine-Skeleton-root:not(section *)'
    )
    .filter({ visible: true })
  await sleep(500)
  await until(async () => (await unsettled.count()) === 0, 60)
  await sleep(300)
  keep(name, await page.screenshot())
  await context.close()
}

async function takeNumbers(
  browser,
  { name, product, scheme = 'light', width = 1280, height = 1100 },
  base
) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme })
  const page = await context.newPage()
  await page.goto(`${base}/public/${product}/`)
  keep(name, await page.screenshot())
  await context.close()
}

function keep(name, picture) {
  const path = join(folder, `${name}.png`)
  writeFileSync(path, picture)
  const size = picture.length
  console.log(`${name}.png ${Math.round(size / 1024)} KiB`)
  if (size > bytesMax) throw new Error(`${path} has more than ${bytesMax / 1024} KiB`)
}

async function sendSome(page, ingest) {
  await page.getByText('Watching').waitFor()
  for (let index = 0; index < 9; index += 1) {
    const event = ['pipeline_extract', 'pipeline_normalize', 'pipeline_load'][index % 3]
    await fetch(`${ingest}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('dlt:')}` },
      body: JSON.stringify({
        anonymousId: `picture-${index % 4}`,
        event,
        context: { ci_run: false, library: { name: 'dlt', version: '1.26.0' } },
        properties: {
          elapsed: 1.5 + index,
          success: index !== 7,
          destination_type: `dlt.destinations.${index % 2 === 0 ? 'postgres' : 'duckdb'}`,
          ...(index === 4 && { hostname: 'db1.internal' })
        }
      })
    })
  }
  await page.getByText('1 dropped').click()
}

async function until(isTrue, seconds) {
  const endsAt = Date.now() + seconds * 1000
  while (!(await isTrue())) {
    if (Date.now() > endsAt) throw new Error(`nothing after ${seconds} s:\n${printed}`)
    await sleep(200)
  }
}
