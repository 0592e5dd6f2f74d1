import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duration, progressLine } from './progress.ts'

test('a line says how far it is, how fast, and how long it will take', () => {
  assert.equal(progressLine(undefined, 2_000_000, 0.2), 'Checking the files and planning')
  assert.equal(progressLine(0, 2_000_000, 0.2), '  0 % replayed')
  assert.equal(progressLine(0.25, 2_000_000, 1), ' 25 % replayed, 500,000 visits/s, 3.0 s left')
  assert.equal(progressLine(0.9999, undefined, 3600), ' 99 % replayed, 0.4 s left')
  assert.equal(progressLine(1, 1_234_567, 1), '100 % replayed, 1,230,000 visits/s')
})

test('times are in the unit one would use', () => {
  const expected = { 0: '0.0 s', 9.94: '9.9 s', 9.96: '10 s', 59.4: '59 s', 59.6: '1 min', 3599: '1 h 0 min', 5400: '1 h 30 min' }
  for (const [seconds, text] of Object.entries(expected)) assert.equal(duration(Number(seconds)), text)
})
