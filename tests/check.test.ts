// `switchyard check`, and the notes that predictions and fits tell too.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { EXAMPLES, edit, editJson, market, switchyard } from './support.ts'

/** A night rate that is a day rate, in the line it is in: what a note should say. */
const NIGHT = /^Note: rates\.csv, line \d+, elec_night_p_kwh: the night rate, 99 p, is above the day rate, [\d.]+ p\.$/m

function spoilNight(path: string): void {
  edit(join(path, 'rates.csv'), (text) => text.replace(/(economy7,.*?,.*?,.*?,.*?,)[\d.]+/, '$199'))
}

test('the examples are right, and nothing is to be noted', async () => {
  for (const name of ['undercut', 'supplier-leaves', 'green-premium']) {
    const { code, stdout, stderr } = await switchyard(EXAMPLES, ['check', `${name}.json`])
    assert.deepEqual([code, stdout, stderr], [0, `Nothing is wrong with ${name}.json and its files.\n`, ''])
  }
})

test('all that is wrong is told at once, with what is to be noted, and nothing is predicted', async (t) => {
  const path = market(t)
  edit(join(path, 'visits.csv'), (text) => text.replace(/^(v00002,.*?),.*?,/m, '$1,_X,').replace(/^(v00004,).*?,/m, '$1-1,'))
  spoilNight(path)
  const { code, stdout } = await switchyard(path, ['check', 'small.json'])
  const lines = stdout.trimEnd().split('\n')
  assert.deepEqual([code, lines.length], [2, 3], stdout)
  assert.match(stdout, NIGHT)
  assert.match(stdout, /^visits\.csv, line 5, region: got `_X`, expected a GSP group.*\nvisits\.csv, line 7, weight: got `-1`/m)
  const json = await switchyard(path, ['check', 'small.json', '--json'])
  const { errors, more, notes } = JSON.parse(json.stdout)
  assert.deepEqual([json.code, errors.length, errors[0].line, more, notes.length], [2, 2, 5, 0, 1], json.stdout)
  edit(join(path, 'small.json'), (text) => text.replace(',', ';'))
  const unreadable = await switchyard(path, ['check', 'small.json', '--json'])
  assert.deepEqual([unreadable.code, JSON.parse(unreadable.stdout).errors[0].file], [2, 'small.json'], unreadable.stderr)
  assert.ok(!existsSync(join(path, 'runs')))
})

test('another model is checked in the place of the scenario’s', async (t) => {
  const path = market(t)
  edit(join(path, 'model.json'), (text) => text.replace('"green"', '"grene"'))
  const [own, other] = await Promise.all([
    switchyard(path, ['check', 'small.json']),
    switchyard(path, ['check', 'small.json', '--model', join(EXAMPLES, 'model.json')]),
  ])
  assert.deepEqual([own.code, other.code], [2, 0], other.stdout)
  assert.match(own.stdout, /^model\.json.*grene/m)
})

test('predictions and fits tell their notes at the end and keep them', async (t) => {
  const path = market(t)
  spoilNight(path)
  const predicted = await switchyard(path, ['predict', 'small.json', '--visits', '2_000', '--quiet', '--out', 'out'])
  assert.equal(predicted.code, 0, predicted.stderr)
  assert.match(predicted.stderr, NIGHT)
  const [kept] = JSON.parse(readFileSync(join(path, 'out/run.json'), 'utf8')).notes
  assert.deepEqual([kept.file, kept.field], ['rates.csv', 'elec_night_p_kwh'])
  edit(join(path, 'visits.csv'), (text) => text.split('\n').slice(0, 1_000).join('\n'))
  editJson(join(path, 'small.json'), (scenario) => Object.assign(scenario, { edits: [] }))
  const spec = '{"coefficients": [{"variable": "no_switch"}, {"variable": "saving_gbp"}], "correlated": true}'
  edit(join(path, 'model.json'), () => spec)
  const fitted = await switchyard(path, [
    'fit',
    'visits.csv',
    '--market',
    'small.json',
    '--spec',
    'model.json',
    '--json',
    '--quiet',
  ])
  assert.equal(fitted.code, 0, fitted.stderr)
  assert.match(fitted.stderr, NIGHT)
  assert.match(fitted.stderr, /^Note: model\.json, correlated: changes nothing: fewer than two coefficients are random\.$/m)
  assert.ok(JSON.parse(fitted.stdout).notes.length >= 2, fitted.stdout)
})
