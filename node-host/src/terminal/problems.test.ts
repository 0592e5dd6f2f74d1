// What core finds wrong, as whoever typed the command is told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsText, QUESTION } from './problems.ts'

test('options are named as they are typed, files as they are written, and what is left is counted', () => {
  const problem = { file: QUESTION, line: null, field: 'willingness_to_pay', value: 'x', expected: 'one of p' }
  const errors = [
    problem,
    { ...problem, field: 'chunks', value: '0' },
    { ...problem, field: 'draws.kind' },
    { ...problem, field: 'coefficients[2].variable', value: '' },
    { ...problem, field: 'allow_lost', value: null },
    { ...problem, file: 'spec.json', line: 3, field: 'coefficients[2].variable' },
  ]
  assert.deepEqual(
    problemsText({
      message: 'no',
      input: { errors, more: 7, notes: [{ file: 'v.csv', line: 2, field: null, text: 'is it in MWh?' }] },
    }).split('\n'),
    [
      '--wtp: got `x`, expected one of p',
      '--workers: got `0`, expected one of p',
      '--draw-type: got `x`, expected one of p',
      '--vars: empty, expected one of p',
      'the question, allow_lost: expected one of p',
      'spec.json, line 3, coefficients[2].variable: got `x`, expected one of p',
      'and 7 more',
      'Note: v.csv, line 2: is it in MWh?',
    ],
  )
  assert.equal(problemsText({ message: 'no rights' }), 'no rights')
})
