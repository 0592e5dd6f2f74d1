// Columns as CSV. Numbers are the shortest that read back as the same, so a CSV file says what a Parquet file does.

import { type Column, rowCount } from './rows.ts'

/** The line of names. */
export function csvHeader(columns: readonly Column[]): string {
  return `${columns.map(({ name }) => quoted(name)).join(',')}\n`
}

/** The rows' lines. */
export function csvRows(columns: readonly Column[]): string {
  const cells = columns.map(cellsOf)
  const lines: string[] = []
  for (let row = 0; row < rowCount(columns); row += 1) {
    let line = ''
    for (const [at, cell] of cells.entries()) line += at === 0 ? cell(row) : `,${cell(row)}`
    lines.push(line)
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** Gives the text of a column's cells. Neighbours are often the same, and numbers take long to write. */
function cellsOf({ values, words }: Column): (row: number) => string {
  if (words) {
    const texts = words.map(quoted)
    return (row) => texts[values[row] ?? 0] ?? ''
  }
  let last = Number.NaN
  let text = ''
  return (row) => {
    const value = values[row] ?? Number.NaN
    if (value !== last) text = String(value)
    last = value
    return text
  }
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
