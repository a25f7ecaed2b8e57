/** A heat map that is a table: shaded cells with their numbers in them. */
import { Table, Text } from '@mantine/core'
import type { CSSProperties, ReactElement } from 'react'
import { formatCell } from '../look/numbers-and-dates.ts'
import { type HeatPlot } from './plot.ts'
import classes from './table.module.css'

export function HeatTable({
  plot,
  title
}: {
  readonly plot: HeatPlot
  readonly title: string
}): ReactElement {
  const { rows, columns, cells, partial, rowsOf, columnsOf, measure } = plot
  const largest =
    measure.type === 'share' ? 1 : Math.max(...cells.flat().map((value) => value ?? 0), 0)
  return (
    <div
      className={classes['scroll']}
      tabIndex={0}
      role="region"
      aria-label={`${title}: ${measure.title} by ${rowsOf.title} and ${columnsOf.title}`}
    >
      <Table
        className={`${classes['table'] ?? ''} ${classes['heat'] ?? ''}`}
        withRowBorders={false}
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{rowsOf.title}</Table.Th>
            {columns.map((column) => (
              <Table.Th key={column} scope="col" data-numeric="true">
                {formatCell(column, columnsOf)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, line) => (
            <Table.Tr key={row}>
              <Table.Th scope="row">{formatCell(row, rowsOf)}</Table.Th>
              {columns.map((column, place) => {
                const value = cells[line]?.[place] ?? null
                if (value === null) return <Table.Td key={column} />
                const shade = largest === 0 ? 0 : value / largest
                return (
                  <Table.Td key={column} data-shade style={{ '--shade': shade } as CSSProperties}>
                    {formatCell(value, measure)}
                    {partial[line]?.[place] === true && ' …'}
                  </Table.Td>
                )
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {partial.flat().includes(true) && (
        <Text size="xs" c="dimmed" mt={4}>
          … marks a period that is not over yet.
        </Text>
      )}
    </div>
  )
}
