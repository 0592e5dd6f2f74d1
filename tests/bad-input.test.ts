// Whatever is wrong with a file or an option, the message names it: exit code 2, and nothing is left behind.

import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { edit, editJson, market, switchyard } from './support.ts'

interface Case {
  what: string
  /** Spoils the market in a folder. */
  spoil?(path: string): void
  /** Arguments after `predict`; by default `small.json`. */
  args?: string[]
  says: string
}

type Json = Record<string, unknown>

/** Replaces a cell of a line of a CSV file, both counted from 1 as editors do. */
const cell = (name: string, line: number, column: number, value: string) => (path: string) => {
  edit(join(path, name), (text) => {
    const lines = text.split('\n')
    const cells = lines[line - 1]?.split(',') ?? []
    return lines.with(line - 1, cells.with(column - 1, value).join(',')).join('\n')
  })
}
const scenario = (change: (scenario: Json) => void) => (path: string) => editJson(join(path, 'small.json'), change)
const text = (name: string, from: string, to: string) => (path: string) =>
  edit(join(path, name), (text) => text.replace(from, to))

const rates = (rates: Json) => (scenario: Json) => {
  for (const { add } of scenario.edits as { add: { rates: Json } }[]) add.rates = rates
}

const CASES: Case[] = [
  { what: 'no scenario', args: [], says: 'switchyard predict: expected a scenario file' },
  {
    what: 'a scenario that is not there',
    args: ['no.json'],
    says: 'no.json: expected a scenario file that can be read (no such',
  },
  { what: 'a folder as the scenario', args: ['.'], says: '.: expected a scenario file that can be read (it is a folder)' },
  { what: 'JSON that is none', spoil: text('small.json', ',', ';'), says: 'small.json, line 2' },
  {
    what: 'an unknown field',
    spoil: scenario((scenario) => Object.assign(scenario, { simulated_vists: 3 })),
    says: 'small.json, line 49, simulated_vists: expected',
  },
  {
    what: 'a missing file',
    spoil: scenario((scenario) => Object.assign(scenario, { tariffs: 'no.csv' })),
    says: 'small.json, tariffs: got `no.csv`, expected a file that can be read (no.csv: no such file or folder)',
  },
  {
    what: 'a missing file of an edit',
    spoil: scenario(rates({ file: 'launch/no.csv' })),
    says: 'small.json, edits[0].add.rates.file: got `launch/no.csv`, expected a file that can be read (launch/no.csv: no such',
  },
  {
    what: 'an unknown tariff in an edit',
    spoil: scenario(rates({ like: 'nope', unit_rate_percent: 0, standing_charge_percent: 0 })),
    says: 'small.json, edits[0].add.rates.like: got `nope`, expected a tariff',
  },
  {
    what: 'an unknown supplier in an edit',
    spoil: scenario((scenario) => Object.assign(scenario, { edits: [{ withdraw: { supplier: 'Nobody' } }] })),
    says: 'small.json, edits[0].withdraw.supplier: got `Nobody`, expected a supplier',
  },
  {
    what: 'text that is not UTF-8',
    spoil: (path) => writeFileSync(join(path, 'visits.csv'), Buffer.from('visit_id\nCaf\xe9\n', 'latin1')),
    says: 'visits.csv, line 2: got `byte 0xE9`, expected UTF-8',
  },
  {
    what: 'a missing column',
    spoil: text('tariffs.csv', ',green,', ',verdant,'),
    says: 'tariffs.csv, line 3: expected a column `green`',
  },
  {
    what: 'text for a number',
    spoil: cell('tariffs.csv', 6, 7, 'fifty'),
    says: 'tariffs.csv, line 6, exit_fee_gbp: got `fifty`, expected a number from 0',
  },
  {
    what: 'a negative rate',
    spoil: cell('rates.csv', 5, 7, '-26.1'),
    says: 'rates.csv, line 5, elec_unit_p_kwh: got `-26.1`, expected pence from 0',
  },
  {
    what: 'an id used twice',
    spoil: cell('tariffs.csv', 5, 1, 'alderbrook-dual-variable'),
    says: 'tariffs.csv, line 5, tariff_id: got `alderbrook-dual-variable`, expected an id not used before (it is on line 4)',
  },
  {
    what: 'an unknown region',
    spoil: cell('visits.csv', 4, 3, '_Z'),
    says: 'visits.csv, line 4, region: got `_Z`, expected a GSP group',
  },
  {
    what: 'an unknown tariff in a visit',
    spoil: cell('visits.csv', 4, 10, 'nope'),
    says: 'visits.csv, line 4, tariff_id: got `nope`, expected a tariff',
  },
  {
    what: 'an unknown tariff that a visit chose',
    spoil: cell('visits.csv', 4, 12, 'nope'),
    says: 'visits.csv, line 4, chosen: got `nope`, expected a tariff',
  },
  {
    what: 'a tariff without rates where it is sold',
    spoil: (path) => edit(join(path, 'rates.csv'), (text) => text.split('\n').toSpliced(3, 1).join('\n')),
    says: 'tariffs.csv, line 4, tariff_id: got `alderbrook-dual-variable`, expected rates for it in rates.csv for _A, single, direct',
  },
  {
    what: 'a visit to which nothing is on sale',
    spoil: (path) => edit(join(path, 'tariffs.csv'), (text) => text.replaceAll(',yes\n', ',no\n')),
    says: 'visits.csv, line 99: got `0`, expected 1 to 256 deals on sale in the base market for _A, electricity, single, direct',
  },
  {
    what: 'no visits',
    spoil: scenario((scenario) => Object.assign(scenario, { simulated_visits: 0 })),
    says: 'small.json, simulated_visits: got `0`, expected 1 to 2^53',
  },
  {
    what: 'too many visits',
    spoil: text('small.json', '60000', '9007199254740993'),
    says: 'small.json, simulated_visits: got `9007199254740993`, expected 1 to 2^53',
  },
  {
    what: 'no visits, asked for',
    args: ['small.json', '--visits', '0'],
    says: '--visits: got `0`, expected a whole number from 1 to 2^53',
  },
  {
    what: 'too many visits, asked for',
    args: ['small.json', '--visits', '9007199254740993'],
    says: '--visits: got `9007199254740993`, expected a whole number from 1 to 2^53',
  },
  {
    what: 'too many chunks',
    args: ['small.json', '--visits', '9007199254740992'],
    says: 'the command line, chunk: got `50000`, expected chunks large enough',
  },
  {
    what: 'an infinite coefficient',
    spoil: text('model.json', '7.1', '1e999'),
    says: 'model.json, line 3, coefficients.no_switch.mean: expected',
  },
  {
    what: 'a covariance that is none',
    spoil: text('model.json', '0.0676', '-0.0676'),
    says: 'model.json, covariance.matrix: expected a positive definite matrix',
  },
  {
    what: 'a file in the way of the results',
    args: ['small.json', '--out', 'model.json/out'],
    says: '--out: got `model.json/out`, expected a folder to write to (a file is in the way)',
  },
  {
    what: 'a place where nothing can be written',
    args: ['small.json', '--out', '/proc/switchyard'],
    says: '--out: got `/proc/switchyard`, expected a folder to write to (',
  },
  { what: 'an unknown option', args: ['small.json', '--visit', '3'], says: "Unknown option '--visit'" },
]

for (const { what, spoil, args = ['small.json'], says } of CASES) {
  test(`${what}: named, exit code 2`, async (t) => {
    const path = market(t)
    spoil?.(path)
    const before = readdirSync(path)
    const { code, stdout, stderr } = await switchyard(path, ['predict', ...args])
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, stderr)
    assert.equal(stderr.slice(0, says.length), says)
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    assert.deepEqual(readdirSync(path), before)
  })
}
