// Columns as CSV. Numbers are the shortest that read back as the same, so a CSV file says what a Parquet file does.

import { type Column, rowCount } from './rows.ts'

/** The line of names. */
export function csvHeader(columns: readonly Column[]): string {
  return `${columns.map(({ name }) => quoted(name)).join(',')}\n`
}

/** The rows' lines. */
export function csvRows(columns: readonly Column[]): string {
  const lines: string[] = new Array(rowCount(columns)).fill('')
  for (const [at, column] of columns.entries()) append(lines, column, at === 0 ? '' : ',')
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** Adds a column's cells to the lines. A number takes long to write, and is often the one above it or one of few. */
function append(lines: string[], { values, words }: Column, comma: string): void {
  const texts = words?.map((word) => comma + quoted(word))
  const written = new Map<number, string>()
  for (let row = 0; row < lines.length; row += 1) {
    const value = values[row] ?? 0
    let text = texts ? texts[value] : written.get(value)
    if (text === undefined) {
      text = comma + value
      written.set(value, text)
    }
    lines[row] += text
  }
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
