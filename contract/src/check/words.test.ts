import { expect, it } from 'vitest'
import { wordsOf } from './words.ts'

it.each([
  ['user_emails', ['user', 'email']],
  ['userEmail', ['user', 'email']],
  ['E-mail addresses', ['email', 'address']],
  ['queries', ['query']],
  ['status', ['status']],
  ['ip ids', ['ip', 'id']],
  ['branches', ['branch']],
  ['', []]
])('%s has the words %j', (name, words) => {
  expect(wordsOf(name)).toEqual(words)
})
