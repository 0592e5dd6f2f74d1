import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bar, count, decimalsFor, percent, points, pounds, table } from './text.ts'

test('numbers have no minus before nothing, and a plus where it is a difference', () => {
  assert.deepEqual([percent(-0.00001), percent(0.0203, 2)], ['0.0 %', '2.03 %'])
  assert.deepEqual([points(0.00123), points(-0.00123), points(0.00001)], ['+0.12 pp', '-0.12 pp', '0.00 pp'])
  assert.deepEqual([999, 1000, 1234567].map(count), ['999', '1,000', '1,234,567'])
  assert.deepEqual([pounds(-3.5), pounds(0.004)], ['-£3.50', '£0.00'])
})

test('decimals are those that the standard error leaves sense in', () => {
  const expected = { 0.05: 1, 0.002: 1, 0.0001: 2, 0.00003: 3, 1e-9: 3, 0: 2 }
  for (const [se, decimals] of Object.entries(expected)) assert.equal(decimalsFor(Number(se)), decimals, se)
})

test('tables fit 100 columns: the first column gives way', () => {
  const [first, second] = table('<>', [
    ['x'.repeat(120), '1.0 %'],
    ['é', '10.0 %'],
  ])
  assert.deepEqual([first?.length, first?.slice(-8)], [100, '…   1.0 %'.slice(-8)])
  assert.equal(second, `  é${' '.repeat(91)}10.0 %`)
})

test('bars are to the eighth of a character', () => {
  assert.deepEqual(
    [bar(2, 2, 3), bar(1, 2, 3), bar(0.01, 1, 3), bar(-1, 1, 3), bar(2, 1, 3), bar(0, 0, 3)],
    ['███', '█▌', '', '', '███', ''],
  )
})
