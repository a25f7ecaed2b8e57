import { parse } from 'yaml'
import { expect, it } from 'vitest'
import { boardFile } from './board-file.ts'

it('writes a board as a file that reads back as the same board, whatever its words', () => {
  const cards = [
    { question: 'events', title: 'yes: # "no"', parameters: { since: '7d', version: '1.10' } },
    { question: 'versions', parameters: {} }
  ]
  const board = {
    name: 'monday',
    title: "Monday's: - [board]\nof ours",
    product: 'dlt',
    since: '30d',
    cards,
    from: 'saved' as const
  }
  expect(parse(boardFile(board))).toEqual({
    title: board.title,
    since: '30d',
    cards: [cards[0], { question: 'versions' }]
  })
})
