/** An answer as a table: every number that a chart shows, sorted as the reader likes. */
import { Button, Table, UnstyledButton } from '@mantine/core'
import { useMemo, useState, type ReactElement } from 'react'
import type { Answer, AnswerRow, Cell, Column } from '../api/answers.ts'
import { isNumeric } from '../api/queries.ts'
import { usePrinting } from '../look/use-printing.ts'
import { formatCell, formatWhole } from '../look/numbers-and-dates.ts'
import { isTrend, Sparkline } from '../look/sparkline.tsx'
import classes from './table.module.css'
import { compareNames } from './name-order.ts'

/** More rows than anybody reads at once make a page slow; the rest is one press away. */
const rowsAtFirst = 100
const longCell = 40

interface Order {
  readonly name: string
  readonly isDescending: boolean
}

export function AnswerTable({
  answer,
  caption
}: {
  readonly answer: Pick<Answer, 'columns' | 'rows' | 'partial'>
  readonly caption: string
}): ReactElement {
  const { columns, rows } = answer
  const [order, setOrder] = useState<Order>()
  const [isWhole, setWhole] = useState(false)
  const sorted = useMemo(() => (order === undefined ? rows : sortRows(rows, order)), [rows, order])
  // Paper has no button for the rest.
  const isPrinting = usePrinting()
  const shown = isWhole || isPrinting ? sorted : sorted.slice(0, rowsAtFirst)
  return (
    <>
      <div
        className={classes['scroll']}
        tabIndex={0}
        role="region"
        aria-label={`${caption}, table`}
      >
        <Table className={classes['table'] ?? ''} verticalSpacing={6} horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th
                  key={column.name}
                  data-numeric={isNumeric(column)}
                  aria-sort={sortOf(column, order)}
                  scope="col"
                >
                  <UnstyledButton
                    className={classes['sort'] ?? ''}
                    onClick={() => setOrder(nextOrder(column, order))}
                  >
                    {column.title}
                    {unitIn(column)}
                    <span aria-hidden className={classes['arrow']}>
                      {order?.name === column.name ? (order.isDescending ? '↓' : '↑') : ''}
                    </span>
                  </UnstyledButton>
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((row, index) => (
              <Table.Tr key={index}>
                {columns.map((column) => (
                  <Table.Td key={column.name} data-numeric={isNumeric(column)}>
                    <CellOf value={row[column.name]} column={withUnit(column, row)} />
                    {isPeriod(column) && whyPartial(answer, row[column.name])}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {!isWhole && rows.length > rowsAtFirst && (
        <Button
          variant="subtle"
          size="compact-sm"
          mt="xs"
          className="no-print"
          onClick={() => setWhole(true)}
        >
          Show all {formatWhole(rows.length)} rows
        </Button>
      )}
    </>
  )
}

const because = { unfinished: 'not over', cut: 'cut', expired: 'expired' } as const

/** `start` is the later period of a cohort. */
function isPeriod({ name, type }: Column): boolean {
  return type === 'date' && /^(?:day|week|month|start)$/.test(name)
}

/** As the chart shades it. */
function whyPartial(
  { partial = [] }: Pick<Answer, 'partial'>,
  period: unknown
): ReactElement | null {
  const found = partial.find((one) => one.period === period)
  return found === undefined ? null : <em> ({because[found.because]})</em>
}

function CellOf({
  value,
  column
}: {
  readonly value: Cell | undefined
  readonly column: Pick<Column, 'type' | 'unit'>
}): ReactElement {
  if (isTrend(value)) return <Sparkline trend={value} />
  const text = formatCell(value, column)
  // What the cell is too narrow for is told whole to whoever points at it.
  return text.length > longCell ? <span title={text}>{text}</span> : <>{text}</>
}

/** The head names the unit; where rows are of different things, each row names its own. */
function withUnit(column: Column, row: AnswerRow): Pick<Column, 'type' | 'unit'> {
  if (column.unit === 'bytes') return column
  const unit = row['unit']
  return column.type === 'number' && column.unit === undefined && typeof unit === 'string'
    ? { type: column.type, unit }
    : { type: column.type }
}

function unitIn({ unit, type }: Column): string {
  return unit === undefined || unit === 'bytes' || type === 'share' ? '' : ` (${unit})`
}

function sortOf({ name }: Column, order: Order | undefined): 'ascending' | 'descending' | 'none' {
  if (order?.name !== name) return 'none'
  return order.isDescending ? 'descending' : 'ascending'
}

/**
 * Numbers begin with the largest, words with A; the second press turns it round, the third undoes
 * it.
 */
function nextOrder(column: Column, order: Order | undefined): Order | undefined {
  const first = isNumeric(column)
  if (order?.name !== column.name) return { name: column.name, isDescending: first }
  return order.isDescending === first ? { name: column.name, isDescending: !first } : undefined
}

function sortRows(rows: readonly AnswerRow[], { name, isDescending }: Order): readonly AnswerRow[] {
  const direction = isDescending ? -1 : 1
  return rows.toSorted((a, b) => {
    const left = a[name] ?? ''
    const right = b[name] ?? ''
    const difference =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : compareNames(String(left), String(right))
    return direction * difference
  })
}
