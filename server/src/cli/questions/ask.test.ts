import { describe, expect, it } from 'vitest'
import { questions } from '../../analytics/asking/questions.ts'
import { parametersOf } from '../../analytics/asking/read-parameters.ts'
import { systemNetwork } from '../../effects.ts'
import { testTerminal } from '../program.test-support.ts'
import { createProgram } from '../program.ts'

interface Run {
  readonly out: string
  readonly asked: readonly string[]
}

async function run(...words: readonly string[]): Promise<Run> {
  let out = ''
  const asked: string[] = []
  const write = (text: string): void => {
    out += text
  }
  const program = await createProgram(
    testTerminal({
      network: {
        ...systemNetwork,
        fetch: (request) => {
          asked.push(String(request))
          return Promise.resolve(
            Response.json({
              columns: [{ name: 'day', type: 'date' }],
              rows: [{ day: '2026-11-20' }],
              notes: ['A note.']
            })
          )
        }
      },
      environment: { CANDOR_URL: 'http://127.0.0.1:4700', CANDOR_TOKEN: 'a-token-of-this-server' },
      out: write,
      error: write
    }),
    ['ask', ...words]
  )
  await program
    .parseAsync(['ask', ...words], { from: 'user' })
    .catch((error: unknown) => write(`${String(error)}\n`))
  return { out, asked }
}

describe('candor ask', () => {
  it('asks each question with just what it was told, and leaves defaults to the server', async () => {
    const { asked, out } = await run(
      'events',
      '--product',
      'dlt',
      '--by',
      'automation',
      '--since',
      '90d'
    )
    expect(
      asked.map((url) => new URL(url).pathname),
      out
    ).toEqual(['/api/v1/questions/events'])
    expect(Object.fromEntries(new URL(asked[0] ?? '').searchParams)).toEqual({
      product: 'dlt',
      by: 'automation',
      since: '90d'
    })
    expect(out).toContain('│ 2026-11-20 │')
    expect(out).toContain('· A note.')
  })

  it('takes --version behind a question as that question’s filter', async () => {
    const { asked } = await run(
      'active-installations',
      '--product',
      'dlt',
      '--version',
      '1.26.0,unknown'
    )
    expect(new URL(asked[0] ?? '').searchParams.get('version')).toBe('1.26.0,unknown')
  })

  it('tells in each question’s help what it counts and all that it takes', async () => {
    for (const question of questions) {
      const { out, asked } = await run(question.name, '--help')
      expect(asked).toEqual([])
      for (const { name } of parametersOf(question))
        expect(out, question.name).toContain(`--${name} <`)
      expect(out.replaceAll(/\s+/g, ' '), question.name).toContain(question.explains.slice(0, 60))
    }
  })

  it('lists the questions, and asks the server about one that it does not know', async () => {
    const { out } = await run('--help')
    for (const { name } of questions) expect(out).toContain(name)
    // A question that there is not is the server's to tell: it knows its own.
    expect((await run('evnts', '--product', 'dlt')).asked[0]).toContain('/questions/evnts')
  })
})
