// Numbers and tables as text.

import { styleText } from 'node:util'

/** Lines may be this wide. */
export const WIDTH = 100

/** A fraction in percent. */
export function percent(fraction: number, decimals = 1): string {
  return `${fixed(fraction * 100, decimals)} %`
}

/** A difference of shares, in percentage points. */
export function points(fraction: number, decimals = 2): string {
  return `${signed(fraction * 100, decimals)} pp`
}

export function pounds(amount: number): string {
  return amount < 0 ? `-£${fixed(-amount, 2)}` : `£${fixed(amount, 2)}`
}

/** A whole number, its digits in threes. `toLocaleString` would take 12 ms to begin. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',')
}

export function signed(number: number, decimals: number): string {
  const text = fixed(number, decimals)
  return number > 0 && /[1-9]/.test(text) ? `+${text}` : text
}

/** How many decimals of a percentage its standard error (of the fraction) leaves sense in. */
export function decimalsFor(se: number): number {
  return se > 0 ? Math.min(3, Math.max(1, -Math.floor(Math.log10(se * 100)))) : 2
}

/** A bar for a part of what takes the full width. */
export function bar(part: number, whole: number, width: number): string {
  const eighths = whole > 0 ? Math.round(Math.max(0, Math.min(1, part / whole)) * width * 8) : 0
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]
}

/** Rows in columns: those that begin with `<` in `align` to the left, those with `>` to the right. The first may be cut to fit. */
export function table(align: string, rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths = [...align].map((_, column) => Math.max(...rows.map((row) => length(row[column] ?? ''))))
  const others = widths.slice(1).reduce((sum, width) => sum + width + 2, indent.length)
  widths[0] = Math.min(widths[0] ?? 0, WIDTH - others)
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const text = column === 0 ? cut(cell, widths[0] ?? 0) : cell
      const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - length(text)))
      return align[column] === '>' ? space + text : text + space
    })
    return (indent + cells.join('  ')).trimEnd()
  })
}

/** A heading, in bold where the output is a terminal and NO_COLOR is not set. */
export function heading(text: string): string {
  return styleText('bold', text)
}

/** The text, shortened to so many characters. */
export function cut(text: string, width: number): string {
  return length(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`
}

/** `toFixed` without the minus of -0.00. */
function fixed(number: number, decimals: number): string {
  return number.toFixed(decimals).replace(/^-(0(\.0*)?)$/, '$1')
}

function length(text: string): number {
  return [...text].length
}
