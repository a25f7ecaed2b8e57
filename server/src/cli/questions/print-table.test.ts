import { describe, expect, it } from 'vitest'
import { printTable } from './print-table.ts'

const answer = {
  question: 'events',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'elapsed', type: 'number', unit: 's' }
  ],
  rows: [
    { name: 'load', elapsed: 2.25 },
    { name: null, elapsed: 10 }
  ],
  notes: ['Days are UTC.']
}

function csvOf(value: unknown): string {
  return printTable({ columns: [{ name: 'value', type: 'text' }], rows: [{ value }] }, 'csv')
}

describe('a table', () => {
  it('has its numbers on the right, its units in the head and its notes below', () => {
    expect(printTable(answer, 'table').split('\n')).toEqual([
      '┌──────┬─────────┐',
      '│ name │ elapsed │',
      '├──────┼─────────┤',
      '│ load │  2.25 s │',
      '│      │    10 s │',
      '└──────┴─────────┘',
      '· Days are UTC.',
      ''
    ])
  })

  it('has shares in percent and no more digits than mean something, where people read it', () => {
    const columns = [
      { name: 'share', type: 'share' },
      { name: 'p90', type: 'number' }
    ]
    const rows = [
      { share: 0.4339622641509434, p90: 10799.987000000001 },
      { share: null, p90: 112822515916.19998 }
    ]
    const lines = printTable({ columns, rows }, 'table').split('\n')
    expect(lines.slice(3, 5)).toEqual([
      '│ 43.4 % │          10,800 │',
      '│        │ 112,822,515,916 │'
    ])
    expect(printTable({ columns, rows }, 'csv')).toContain('0.4339622641509434,10799.987000000001')
  })

  it('marks the later period of a cohort that is not over, for people and for programs', () => {
    const cohorts = {
      columns: [
        { name: 'cohort', type: 'date' },
        { name: 'start', type: 'date' },
        { name: 'active', type: 'integer' }
      ],
      rows: [
        { cohort: '2026-11-16', start: '2026-11-23', active: 9 },
        { cohort: '2026-11-16', start: '2026-11-30', active: 1 }
      ],
      partial: [{ period: '2026-11-30', because: 'unfinished' }]
    }
    const lines = printTable(cohorts, 'table').split('\n')
    expect(lines[3]).not.toContain('…')
    expect(lines[4]).toContain('2026-11-30 …')
    expect(printTable(cohorts, 'tsv')).toContain('2026-11-30\t1\tunfinished')
  })

  it('writes the numbers of each row in the unit that the row names', () => {
    const fields = {
      columns: [
        { name: 'field', type: 'text' },
        { name: 'sum', type: 'number' },
        { name: 'unit', type: 'text' }
      ],
      rows: [
        { field: 'data_volume', sum: 6_060_353_961_090, unit: 'bytes' },
        { field: 'tables', sum: 1524, unit: null }
      ]
    }
    const text = printTable(fields, 'table')
    expect(text).toContain('5.51 TiB')
    expect(text).toContain('1,524')
    expect(printTable(fields, 'table', { isRaw: true })).toContain('6060353961090')
  })

  it('says that there are no rows', () => {
    expect(printTable({ ...answer, rows: [] }, 'table')).toBe('(no rows)\n· Days are UTC.\n')
  })

  it('never hands control characters to the terminal, and cuts cells that would push the others away', () => {
    const text = printTable(
      {
        columns: [{ name: 'a', type: 'text' }],
        rows: [{ a: `\u001b[2J\u009b${'x'.repeat(200)}` }]
      },
      'table'
    )
    expect(text).toContain('·[2J·')
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(text).toContain('x…')
  })

  it('becomes a list of what each row has when it is wider than any terminal', () => {
    const names = Array.from({ length: 40 }, (_, index) => `a_long_column_${index}`)
    const columns = names.map((name) => ({ name, type: 'text' }))
    const full = Object.fromEntries(names.map((name) => [name, 'something long']))
    const text = printTable(
      { columns, rows: [full, { a_long_column_3: 'here', a_long_column_7: '' }] },
      'table'
    )
    expect(text.slice(text.indexOf('─ row 2'))).toBe('─ row 2\na_long_column_3   here\n')
  })
})

describe('a table of long texts', () => {
  const columns = [
    { name: 'shape', type: 'text' },
    { name: 'trend', type: 'trend' }
  ]
  const begins = `SELECT c1 FROM t1 ${'JOIN t2 '.repeat(20)}`
  const rows = [
    { shape: `${begins}LIMIT ?`, trend: [null, 0, 1, 8] },
    { shape: `${begins}OFFSET ?`, trend: [4, 2, 1, 0] }
  ]

  it('is a list where rows would look alike once their texts are cut', () => {
    const text = printTable({ columns, rows }, 'table')
    expect(text.split('\n').filter((line) => line.startsWith('─'))).toEqual(['─ row 1', '─ row 2'])
    const [first = {}, last = {}] = [rows[0], { ...rows[1], shape: 'SELECT ?' }]
    expect(printTable({ columns, rows: [first, last] }, 'table')).toContain('│ SELECT ?')
  })

  it('draws a trend: nothing known is a gap, none a point, the greatest the highest', () => {
    const text = printTable({ columns: [{ name: 'trend', type: 'trend' }], rows }, 'table')
    expect(text).toContain('│  ·▁█  │')
    expect(text).toContain('│ █▄▂·  │')
    expect(printTable({ columns, rows }, 'csv')).toContain('"[null,0,1,8]"')
  })
})

describe('JSON', () => {
  it('is the answer as the server gave it', () => {
    expect(JSON.parse(printTable(answer, 'json'))).toEqual(answer)
  })
})

describe('CSV', () => {
  it('has a head, lines that end as RFC 4180 says, and empty cells for what is absent', () => {
    expect(printTable(answer, 'csv')).toBe('name,elapsed\r\nload,2.25\r\n,10\r\n')
  })

  it('quotes commas, quotes and line breaks, and prints lists and maps as JSON', () => {
    expect(csvOf('a,b')).toBe('value\r\n"a,b"\r\n')
    expect(csvOf('say "no"\nnow')).toBe('value\r\n"say ""no""\nnow"\r\n')
    expect(csvOf({ a: [1, 2] })).toBe('value\r\n"{""a"":[1,2]}"\r\n')
  })

  it('leaves nothing that a spreadsheet would run, but negative numbers as they are', () => {
    for (const formula of ['=1+1', '+cmd', '-cmd', '@SUM(A1)', '\t=1', '\r=1'])
      expect(csvOf(formula)).toMatch(/\r\n"?'/)
    expect(csvOf('-2.5')).toBe('value\r\n-2.5\r\n')
    expect(csvOf(-2.5)).toBe('value\r\n-2.5\r\n')
  })
})
