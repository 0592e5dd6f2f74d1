import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bar, count, decimalsFor, lineWidth, parseShown, percent, points, pounds, size, table } from './text.ts'

test('numbers have no minus before nothing, and a plus where it is a difference', () => {
  assert.deepEqual([percent(-0.00001), percent(0.0203, 2)], ['0.0 %', '2.03 %'])
  assert.deepEqual([points(0.00123), points(-0.00123), points(0.00001)], ['+0.12 pp', '-0.12 pp', '0.00 pp'])
  assert.deepEqual([999, 1000, 1234567].map(count), ['999', '1,000', '1,234,567'])
  assert.deepEqual([0, 999, 1000, 12_345, 780e6, 2.5e9].map(size), ['0 B', '999 B', '1.0 kB', '12 kB', '780 MB', '2.5 GB'])
  assert.deepEqual([pounds(-3.5), pounds(0.004)], ['-£3.50', '£0.00'])
})

test('decimals are those that the standard error leaves sense in', () => {
  const expected = { 0.05: 1, 0.002: 1, 0.0001: 2, 0.00003: 3, 1e-9: 3, 0: 2 }
  for (const [se, decimals] of Object.entries(expected)) assert.equal(decimalsFor(Number(se)), decimals, se)
})

test('nothing is cut but the column that may be, and that on a terminal alone', () => {
  const rows = [
    ['x'.repeat(20), '1 %', 'a long message'],
    ['é', '10 %', ''],
  ]
  assert.deepEqual(table('<>~', rows, '', 36), [`${'x'.repeat(20)}   1 %  a long …`, `é${' '.repeat(21)}10 %`])
  assert.deepEqual(table('<><', rows, '', 36), [`${'x'.repeat(20)}   1 %  a long message`, `é${' '.repeat(21)}10 %`])
  assert.equal(lineWidth({ isTTY: false } as NodeJS.WriteStream), Number.POSITIVE_INFINITY)
  assert.equal(lineWidth({ isTTY: true, columns: 80 } as NodeJS.WriteStream), 100)
})

test('what would steer a terminal is shown by its code point, in values and in names of fields', () => {
  const json = JSON.stringify({ names: ['a\tb', '\x1b[2J ok', 'é x'], of: { 'c\n\u202ed': 1 } })
  const expected = { names: ['a[U+0009]b', '[U+001B][2J ok', 'é x'], of: { 'c[U+000A][U+202E]d': 1 } }
  assert.deepEqual(parseShown(json), expected)
})

test('bars are to the eighth of a character', () => {
  assert.deepEqual(
    [bar(2, 2, 3), bar(1, 2, 3), bar(0.01, 1, 3), bar(-1, 1, 3), bar(2, 1, 3), bar(0, 0, 3)],
    ['███', '█▌', '', '', '███', ''],
  )
})
