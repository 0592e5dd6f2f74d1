import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Line } from './line.ts'

test('first come, first served, and one may leave', () => {
  const line = new Line<string>()
  for (const name of ['a', 'b', 'c', 'd', 'e']) line.push(name)
  line.remove('a')
  line.remove('c')
  line.remove('c')
  assert.equal(line.shift(), 'b')
  line.push('f')
  line.remove('d')
  assert.deepEqual([line.isEmpty, line.shift(), line.shift(), line.isEmpty, line.shift()], [false, 'e', 'f', true, undefined])
  line.push('g')
  assert.equal(line.shift(), 'g')
})

test('a long line moves as fast as a short one', () => {
  const line = new Line<object>()
  const items = Array.from({ length: 200_000 }, () => ({}))
  for (const item of items) line.push(item)
  const started = performance.now()
  for (const item of items.slice(0, 100_000)) line.remove(item)
  while (!line.isEmpty) line.shift()
  assert.ok(performance.now() - started < 2000)
})
