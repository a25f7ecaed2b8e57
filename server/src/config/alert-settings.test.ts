import { describe, expect, it } from 'vitest'
import { CandorError } from '../errors.ts'
import { readConfig, type Config } from './config.ts'

const read = (alerts: string): Config =>
  readConfig({
    flags: {},
    environment: {},
    file: {
      path: '/etc/candor/candor.yaml',
      text: `alerts:\n  ${alerts.replaceAll('\n', '\n  ')}\n`
    },
    folder: '/srv'
  })

function problemOf(alerts: string): string {
  try {
    read(alerts)
  } catch (error) {
    if (error instanceof CandorError) return error.message
    throw error
  }
  return ''
}

describe('who is told', () => {
  it('is nobody, where the file does not say', () => {
    const { alerts } = readConfig({ flags: {}, environment: {}, file: undefined, folder: '/srv' })
    expect(alerts).toBeUndefined()
  })

  it('is read whole, with files relative to the file that names them', () => {
    const { alerts } = read(`dashboard: https://telemetry.example.com/
mail: { smtp: smtps://mail.example.com, user: me, password_file: ./smtp, from: a@example.com, to: [b@example.com] }
webhooks: [{ name: chat, url: http://127.0.0.1:9000/hook, form: slack }]
products: { dlt: { records_fall: 40 %, off: [drift] } }`)
    expect(alerts?.dashboard).toBe('https://telemetry.example.com')
    expect(alerts?.mail?.passwordFile).toBe('/etc/candor/smtp')
    expect(alerts?.webhooks).toEqual([
      { name: 'chat', url: 'http://127.0.0.1:9000/hook', form: 'slack', secretFile: undefined }
    ])
    expect(alerts?.products.get('dlt')).toMatchObject({ recordsFall: 0.4, off: ['drift'] })
  })

  it.each([
    ['mail: { smtp: smtps://me:secret@mail.example.com, from: a@b.c, to: [a@b.c] }', 'smtp'],
    ['mail: { smtp: smtps://mail.example.com, from: a@b.c, to: [] }', 'somebody'],
    ['mail: { smtp: smtps://mail.example.com, user: me, from: a@b.c, to: [a@b.c] }', 'both'],
    ['webhooks: [{ name: chat, url: http://hooks.example.com/x }]', 'https'],
    ['webhooks: [{ name: chat, url: hooks.example.com }]', 'URL'],
    ['webhooks: [{ name: a, url: https://a.b }, { name: a, url: https://a.c }]', 'differ'],
    ['products: { dlt: { records_fall: 400 % } }', '100 %'],
    ['products: { dlt: { off: [everything] } }', 'rule'],
    ['mial: {}', 'mial']
  ])('is refused in words where it can mean nothing: %s', (alerts, word) => {
    const problem = problemOf(alerts)
    expect(problem).toContain(word)
    expect(problem).not.toContain('secret@')
  })
})
