import { expect, it } from 'vitest'
import type { Told } from './ledger.ts'
import { letterText } from './letter-text.ts'

const told = (rule: Told['rule'], product: string, number: number): Told => ({
  key: `${rule} ${product} ${number}`,
  is: rule === 'silence' ? 'state' : 'fact',
  rule,
  product,
  says: `${product}: ${rule} ${number}`,
  path: '/health',
  since: 0,
  seen: 0
})

it('is not filled with what a stranger makes up: five lines of a kind, and what holds stands first', () => {
  const made = Array.from({ length: 100 }, (_, number) => told('new-version', 'acme', number))
  const began = [...made, told('drift', 'acme', 1), told('silence', 'zebra', 1)]
  const letter = { to: 'mail', began, ended: [], since: 0 }
  const { subject, text } = letterText(letter, undefined)
  expect(subject).toBe('Candor: zebra: silence 1 (and 101 more)')
  expect(text.split('\n')).toEqual([
    '• zebra: silence 1',
    ...[0, 1, 2, 3, 4].map((number) => `• acme: new-version ${number}`),
    '• acme: drift 1',
    '… and 95 more.'
  ])
})
