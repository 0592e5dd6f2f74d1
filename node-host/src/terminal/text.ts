// Numbers and tables as text.

import { styleText } from 'node:util'

/** On a terminal, lines are cut to be this wide at least; elsewhere nothing is cut. */
const WIDTH = 100

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

/** A size in the unit one would use for it. */
export function size(bytes: number): string {
  const [unit = '', scale = 1] = SIZES.find(([, scale]) => bytes >= scale) ?? []
  return unit === '' ? `${bytes} B` : `${(bytes / scale).toFixed(bytes < 10 * scale ? 1 : 0)} ${unit}`
}

const SIZES: [string, number][] = [
  ['GB', 1e9],
  ['MB', 1e6],
  ['kB', 1e3],
]

/** How wide lines may be that are for people: text in a pipe is for programs, and never cut. */
export function lineWidth(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.isTTY ? Math.max(WIDTH, stream.columns || 0) : Number.POSITIVE_INFINITY
}

/** Rows in columns, aligned as `align` says: `<` to the left, `>` to the right, `~` to the left and cut where lines are too long. */
export function table(align: string, rows: readonly (readonly string[])[], indent = '  ', width = lineWidth()): string[] {
  const widths = [...align].map((_, column) => Math.max(...rows.map((row) => length(row[column] ?? ''))))
  const over = widths.reduce((sum, width) => sum + width + 2, indent.length - 2) - width
  const last = align.indexOf('~')
  if (last >= 0 && over > 0) widths[last] = Math.max(1, (widths[last] ?? 0) - over)
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const text = cut(cell, widths[column] ?? 0)
      const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - length(text)))
      return align[column] === '>' ? space + text : text + space
    })
    return (indent + cells.join('  ')).trimEnd()
  })
}

/** A document in JSON as it is shown to people: what cannot be seen in its texts, names of fields among them, and would steer a
 * terminal, is there by its code point, as in messages. */
export function parseShown<T>(json: string): T {
  return JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'string') return shown(value)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [shown(name), of]))
  }) as T
}

function shown(text: string): string {
  return text.replace(INVISIBLE, (letter) => `[U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
}

/** As core has it (core/src/input/mod.rs): controls, joiners, marks of direction, unusual spaces. */
const INVISIBLE = /(?! )[\p{Cc}\p{White_Space}\u{ad}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2069}\u{feff}]/gu

/** A heading, in bold where the output is a terminal and NO_COLOR is not set. */
export function heading(text: string): string {
  return styleText('bold', text)
}

/** The text, shortened to so many characters: by default, to what a line may hold. */
export function cut(text: string, width = lineWidth()): string {
  return length(text) <= width ? text : `${[...text].slice(0, width - 1).join('')}…`
}

/** `toFixed` without the minus of -0.00. */
function fixed(number: number, decimals: number): string {
  return number.toFixed(decimals).replace(/^-(0(\.0*)?)$/, '$1')
}

function length(text: string): number {
  return [...text].length
}
