import assert from 'node:assert/strict'
import { test } from 'node:test'
import { specOf } from './question.ts'

const sought = {
  vars: ['a:b', 'c'],
  outside: undefined,
  correlated: false,
  draws: 9,
  drawType: 'halton',
  seed: 0,
  errors: 'robust',
}

test('a distribution goes by its name in a specification or in short', () => {
  for (const word of ['nln', 'negative_lognormal']) {
    const { coefficients } = JSON.parse(new TextDecoder().decode(specOf({ ...sought, random: [`a:b:${word}`] }).bytes))
    assert.deepEqual(coefficients, [{ variable: 'a:b', distribution: 'negative_lognormal' }, { variable: 'c' }])
  }
  assert.throws(() => specOf({ ...sought, random: ['c:constructor'] }), { message: /^--random: got `c:constructor`/ })
})
