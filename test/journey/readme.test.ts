/** The README's commands, run as they stand there, print what stands there. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  candor,
  eventually,
  removeServer,
  root,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { patientSleep, runnableBlocks, timeless } from './world/readme-blocks.ts'

const blocks = runnableBlocks(readFileSync(join(root, 'README.md'), 'utf8'))

/** In the repository, as its reader would; only the port and the build are this test's own. */
async function run(
  commands: string,
  { adminUrl, adminPort, port, token }: RunningServer
): Promise<string> {
  const npx = `npx() { shift; "${process.execPath}" "${candor}" "$@"; }\n`
  const child = spawn(
    'bash',
    [
      '-c',
      npx + patientSleep(adminPort) + commands.replaceAll('127.0.0.1:4700', `127.0.0.1:${port}`)
    ],
    {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        CANDOR_URL: adminUrl,
        CANDOR_TOKEN: token,
        // As on a terminal, where its reader tries it.
        CANDOR_COLUMNS: '120'
      },
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await new Promise((resolve) => child.once('close', resolve))
  return printed
}

describe('the README', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))

  it('has commands to try', () => {
    expect(blocks.length).toBeGreaterThan(5)
  })

  for (const { commands, printed } of blocks) {
    const [first = ''] = commands.trim().split('\n').slice(-1)
    it(`prints what \`${first.slice(0, 60)}\` prints`, async () => {
      // Questions may be asked until what was sent can be queried; sending again would be another
      // story.
      const isQuestion = /^npx candor (ask|query|doctor)/.test(commands)
      const seen = isQuestion
        ? await eventually(
            () => run(commands, server),
            (text) => timeless(text) === timeless(printed)
          )
        : await run(commands, server)
      expect(timeless(seen)).toBe(timeless(printed))
    })
  }
})
