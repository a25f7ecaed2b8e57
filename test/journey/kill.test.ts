/** `kill -9` under load, twenty times: every answered record is there exactly once. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, query, removeServer, startServer, type RunningServer } from './candor-server.ts'

const kills = 20
const senders = 8

describe('a server that is killed under load', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))

  it('has every answered record exactly once, retried or not', async () => {
    const { port, folder } = server
    const url = server.url
    const answered = new Set<number>()
    let seq = 0
    let isOver = false

    // Each report is sent again, byte for byte, until it is answered: as an honest client does.
    const sender = async (): Promise<void> => {
      while (!isOver) {
        seq += 1
        const number = seq
        const body = JSON.stringify({
          candor: 1,
          product: 'dlt',
          report: randomUUID(),
          sdk: { name: 'journey', version: '1.0.0' },
          installation: 'a'.repeat(32),
          runs: [
            {
              session: randomUUID(),
              version: '1.26.0',
              environment: {},
              records: [{ seq: number, name: 'pipeline_load', at: new Date().toISOString(), fields: {} }]
            }
          ]
        })
        for (;;) {
          const isAnswered = await fetch(`${url}/v1/reports`, { method: 'POST', body, signal: AbortSignal.timeout(5000) }).then(
            async (response) => {
              await response.text()
              return response.ok
            },
            () => false
          )
          if (isAnswered) {
            answered.add(number)
            break
          }
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    }
    const sending = Promise.all(Array.from({ length: senders }, sender))
    for (let times = 0; times < kills; times += 1) {
      await new Promise((resolve) => setTimeout(resolve, 150 + 40 * (times % 7)))
      await server.kill('SIGKILL')
      server = await startServer({ folder, port })
    }
    isOver = true
    await sending

    const sql = "SELECT seq, count() AS copies FROM dlt WHERE protocol = 'native' GROUP BY seq LIMIT 100000"
    const { rows } = await eventually(
      () => query(server, sql),
      ({ rows: found }) => found.length >= answered.size,
      60
    )
    const stored = new Map(rows.map((row) => [Number(row['seq']), Number(row['copies'])]))
    expect(answered.size).toBeGreaterThan(kills)
    expect([...answered].filter((number) => !stored.has(number))).toEqual([])
    expect([...stored].filter(([, copies]) => copies !== 1)).toEqual([])
    expect(stored.size).toBe(answered.size)
  }, 300_000)
})
