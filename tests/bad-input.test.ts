// Whatever is wrong with a file or an option, the message names it: exit code 2, and nothing is left behind.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
  /** What further lines say, in their order. */
  also?: string[]
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
    says: 'small.json, line 50, simulated_vists: expected another name: `simulated_visits`?',
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
    what: 'all missing files',
    spoil: scenario((scenario) => Object.assign(scenario, { visits: 'a.csv', model: 'b.json' })),
    says: 'small.json, model: got `b.json`, expected a file that can be read (b.json: no such',
    also: ['small.json, visits: got `a.csv`, expected a file that can be read (a.csv: no such'],
  },
  {
    what: 'an empty edit',
    spoil: scenario((scenario) => Object.assign(scenario, { edits: [{ withdraw: {} }] })),
    says: 'small.json, line 15, edits[0].withdraw: expected exactly one of tariff and supplier',
  },
  {
    what: 'a misspelt field of the rates of a launch',
    spoil: scenario(rates({ liek: 'nope' })),
    says: 'small.json, line 34, edits[0].add.rates.liek: expected another name: `like`?',
  },
  {
    what: 'a missing field',
    spoil: scenario((scenario) => Reflect.deleteProperty(scenario, 'model')),
    says: 'small.json, line 1, model: expected a value, and the field is missing',
  },
  {
    what: 'a number in words',
    spoil: scenario((scenario) => Object.assign(scenario, { usage_jitter_percent: '8' })),
    says: 'small.json, line 9, usage_jitter_percent: got `"8"`, expected a number',
  },
  {
    what: 'everything withdrawn',
    spoil: (path) => {
      const suppliers = readFileSync(join(path, 'tariffs.csv'), 'utf8').matchAll(/^[^#,]+,([^,]+),/gm)
      const all = new Set([...suppliers].map(([, name]) => name).filter((name) => name !== 'supplier'))
      const edits = [...all].map((supplier) => ({ withdraw: { supplier } }))
      scenario((scenario) => Object.assign(scenario, { edits, sweep: undefined, focus: undefined }))(path)
    },
    says: 'small.json, edits: got `0`, expected 1 to 256 deals on sale in the hypothetical market for _',
  },
  {
    what: 'a value of 100 kB',
    spoil: scenario((scenario) => Object.assign(scenario, { focus: 'x'.repeat(100_000) })),
    says: `small.json, focus: got \`${'x'.repeat(80)}…\`, expected a tariff`,
  },
  {
    what: 'JSON nested 20,000 deep',
    spoil: text('small.json', '"name":', `"deep": ${'['.repeat(20_000)}${']'.repeat(20_000)}, "name":`),
    says: 'small.json, line 2: expected at most 127 levels of [ and {',
  },
  {
    what: 'an unknown supplier in an edit',
    spoil: scenario((scenario) => Object.assign(scenario, { edits: [{ withdraw: { supplier: 'Nobody' } }] })),
    says: 'small.json, edits[0].withdraw.supplier: got `Nobody`, expected a supplier',
  },
  {
    what: 'text that is neither UTF-8 nor Windows-1252',
    spoil: (path) => writeFileSync(join(path, 'visits.csv'), Buffer.from('visit_id\nCaf\xe9 Caf\xc3\xa9\n', 'latin1')),
    says: 'visits.csv, line 2: got `byte 0xE9`, expected UTF-8',
  },
  {
    what: 'text in UTF-16',
    spoil: (path) => writeFileSync(join(path, 'visits.csv'), Buffer.from('\ufeffvisit_id\n', 'utf16le')),
    says: 'visits.csv: expected UTF-8 text, and this is UTF-16: save it as UTF-8',
  },
  {
    what: 'a table with semicolons',
    spoil: (path) => edit(join(path, 'rates.csv'), (text) => text.replaceAll(',', ';')),
    says: 'rates.csv, line 3: got `;`, expected commas between the columns, and these are semicolons',
  },
  {
    what: 'a quote that is not closed',
    spoil: cell('visits.csv', 40, 1, '"v37'),
    says: 'visits.csv, line 40, visit_id: got `"v37,',
  },
  {
    what: 'a misspelt optional column',
    spoil: text('visits.csv', ',weight,', ',wieght,'),
    says: 'visits.csv, line 3: got `wieght`, expected `weight`, or for a column of your own a name less like it',
  },
  {
    what: 'several rows of several files',
    spoil: (path) => {
      cell('visits.csv', 4, 3, '_Z')(path)
      cell('visits.csv', 6, 7, 'lots')(path)
      cell('tariffs.csv', 6, 7, 'fifty')(path)
      text('model.json', '7.1', '1e7')(path)
    },
    says: 'model.json, coefficients.no_switch.mean: got `10000000`, expected a finite number of at most 1e6',
    also: [
      'tariffs.csv, line 6, exit_fee_gbp: got `fifty`, expected a number from 0',
      'visits.csv, line 4, region: got `_Z`, expected a GSP group',
      'visits.csv, line 6, elec_kwh: got `lots`, expected a number from 1',
    ],
  },
  {
    what: 'one fault in all rows',
    spoil: (path) => edit(join(path, 'rates.csv'), (text) => text.replaceAll(',included,', ',perhaps,')),
    says: 'rates.csv, line 4, vat: got `perhaps`, expected one of included, excluded',
    also: [...Array.from({ length: 19 }, (_, at) => `rates.csv, line ${at + 5}, vat: got \`perhaps\``), 'and 2462 more'],
  },
  {
    what: 'more faults than anybody reads of',
    spoil: (path) => {
      let row = 0
      edit(join(path, 'rates.csv'), (text) => text.replaceAll(',included,', () => `,perhaps${++row},`))
    },
    says: 'rates.csv, line 4, vat: got `perhaps1`, expected one of included, excluded',
    also: [...Array.from({ length: 19 }, (_, at) => `rates.csv, line ${at + 5}, vat: got`), 'and 2'],
  },
  {
    what: 'a missing column',
    spoil: text('tariffs.csv', ',green,', ',verdant,'),
    says: 'tariffs.csv, line 3: expected a column `green`; it has tariff_id,',
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
    says: '--visits: got `9007199254740992`, expected fewer visits, or larger chunks',
  },
  {
    what: 'an infinite coefficient',
    spoil: text('model.json', '7.1', '1e999'),
    says: 'model.json, line 3, coefficients.no_switch.mean: expected a number of at most 1.8e308',
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

for (const { what, spoil, args = ['small.json'], says, also = [] } of CASES) {
  test(`${what}: named, exit code 2`, async (t) => {
    const path = market(t)
    spoil?.(path)
    const before = readdirSync(path)
    const { code, stdout, stderr } = await switchyard(path, ['predict', ...args])
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, stderr)
    const expected = [says, ...also]
    const lines = stderr.trimEnd().split('\n')
    assert.deepEqual(
      lines.map((line, at) => line.slice(0, expected[at]?.length)),
      expected,
      stderr,
    )
    assert.deepEqual(readdirSync(path), before)
  })
}
