// A sample of what a command prints, against what it printed.

import assert from 'node:assert/strict'

/** Every line of the sample is there, in its order and with nothing between, but where a line is `…`. */
export function sample(place: string, text: string, printed: string): void {
  const lines = normal(printed)
  let from = 0
  for (const part of normal(text)
    .join('\n')
    .split(/\n?^ *…$\n?/m)) {
    const wanted = part.split('\n')
    const at = lines.findIndex((_, at) => at >= from && wanted.every((line, next) => line === lines[at + next]))
    if (at < 0) {
      const near = lines.indexOf(wanted[0] ?? '', from)
      assert.equal(lines.slice(Math.max(near, from)).slice(0, wanted.length).join('\n'), part, `${place}: not what is printed`)
    }
    from = at + wanted.length
  }
}

/** Lines without space at their ends; of one with seconds in it, which differ each time, without the figures. */
function normal(text: string): string[] {
  const lines = text.trim().split('\n')
  return lines.map((line) => (/\d s\b/.test(line) ? line.replaceAll(/\d[\d.,]*/g, '#') : line).trimEnd())
}
