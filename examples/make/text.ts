// CSV and JSON as text: comment lines that say the data are synthetic, exact decimals, short arrays on one line.

const LINE_WIDTH = 120

/** A file of `rows` under `columns`. No cell here holds a comma or a quote, and one that did would be a bug. */
export function csv(comments: readonly string[], columns: string, rows: readonly (readonly string[])[]): string {
  const width = columns.split(',').length
  const lines = rows.map((row) => {
    if (row.length !== width || row.some((cell) => /[",\n]/.test(cell))) throw new Error(`not a row: ${row.join(' ')}`)
    return row.join(',')
  })
  const head = [...comments, 'Made by examples/make.ts; see examples/README.md.'].map((comment) => `# ${comment}`)
  return `${[...head, columns, ...lines].join('\n')}\n`
}

/** `units` of 10^-decimals as text, without trailing zeros. */
export function decimal(units: number, decimals: number): string {
  const digits = `${units}`.padStart(decimals + 1, '0')
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '')
}

export function json(value: unknown): string {
  return `${layOut(value, '')}\n`
}

/** What holds only scalars and fits the line stays on it; the rest is indented by two. */
function layOut(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const array = Array.isArray(value)
  const [open, close] = array ? ['[', ']'] : ['{ ', ' }']
  const inner = `${indent}  `
  const items = Object.entries(value).map(([name, item]) => (array ? '' : `${JSON.stringify(name)}: `) + layOut(item, inner))
  const line = open + items.join(', ') + close
  const flat = Object.values(value).every((item) => typeof item !== 'object') && line.length <= LINE_WIDTH
  return flat ? line : `${open.trim()}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close.trim()}`
}
