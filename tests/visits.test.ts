// Visits that are kept, as people read them with their own tools; and models of their own.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { Change, Report } from '../node-host/src/predict/report.ts'
import { serve } from '../node-host/src/server/serve.ts'
import { EXAMPLES, edit, editJson, market, switchyard } from './support.ts'

const PYTHON = join(process.env.PYTHON_BIN ?? '', 'python')
const VISITS = 1_500
const SMALL = ['predict', 'small.json', '--visits', String(VISITS), '--quiet']
const MODELS = join(EXAMPLES, 'models')

/** What `visits.py` finds. */
interface Found {
  schema: Record<'visits' | 'long', Record<string, string>>
  about: Record<'visits' | 'long', Record<string, string>>
  rows: Record<'visits' | 'long', number>
  nulls: number
  csv: Record<'visits' | 'long', boolean>
  chosen: Record<'pyarrow' | 'duckdb', Record<string, number>>
  consistent: number
  saving: Record<'unchanged' | 'hypothetical', number>
  cost: [number, number]
}

async function ok(path: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await switchyard(path, args)
  assert.equal(code, 0, stderr)
  return stdout
}

async function read(path: string): Promise<Found> {
  const script = fileURLToPath(new URL('visits.py', import.meta.url))
  return JSON.parse((await promisify(execFile)(PYTHON, [script, path])).stdout) as Found
}

function report(path: string): Report {
  return JSON.parse(readFileSync(join(path, 'report.json'), 'utf8')) as Report
}

/** How often each tariff was chosen in each market, as the report has it. */
function sampled({ tariffs, no_switch, visits }: Report): Record<string, number> {
  const all: (Change & { id: string })[] = [...tariffs, { id: 'no_switch', ...no_switch }]
  const counts = all.flatMap(({ id, unchanged, hypothetical }) => [
    [`unchanged ${id}`, Math.round((unchanged?.sampled ?? 0) * visits)] as const,
    [`hypothetical ${id}`, Math.round((hypothetical.sampled ?? 0) * visits)] as const,
  ])
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

test('pyarrow and DuckDB read the kept visits: they chose what the report counts, and cost what it says', async (t) => {
  const path = market(t)
  await ok(path, [...SMALL, '--keep-visits', '--out', 'out'])
  const out = join(path, 'out')
  assert.deepEqual(readdirSync(out).sort(), ['kept', 'long.parquet', 'paired', 'report.json', 'run.json', 'visits.parquet'])
  for (const table of ['visits', 'long']) await ok(path, ['export', 'out', `--${table}`, '--format', 'csv', '--quiet'])
  const [found, expected] = [await read(out), report(out)]
  assert.deepEqual(found.chosen.pyarrow, sampled(expected))
  assert.deepEqual(found.chosen.duckdb, sampled(expected))
  assert.deepEqual([found.rows.visits, found.consistent, found.nulls], [2 * VISITS, 2 * VISITS, 0])
  assert.deepEqual(found.csv, { visits: true, long: true })
  for (const [at, market] of (['unchanged', 'hypothetical'] as const).entries()) {
    const saving = found.saving[market] / VISITS
    assert.ok(Math.abs(saving - (expected.saving.per_visit_gbp[at] ?? 0)) < 0.001, `${market}: ${saving}`)
  }
  assert.ok(found.cost[0] > 100 && found.cost[1] < 18_000, found.cost.join())
  documented(found)
})

/** Every column is in the documentation with its type, and nothing else is. */
function documented({ schema, about }: Found): void {
  const text = readFileSync(new URL('../docs/visits.md', import.meta.url), 'utf8')
  const types = new Map(
    [...text.matchAll(/^\| `([a-z0-9_]+)` \| (int32|double|string) \|/gm)].map(([, name, type]) => [name, type]),
  )
  const columns = new Map(Object.entries({ ...schema.visits, ...schema.long }).filter(([name]) => !name.startsWith('z_')))
  assert.deepEqual(new Map([...columns].sort()), new Map([...types].sort()))
  assert.deepEqual(Object.keys(schema.long).slice(-2), ['z_saving_gbp', 'z_green'])
  for (const table of ['visits', 'long'] as const) assert.deepEqual(Object.keys(about[table]), Object.keys(schema[table]))
}

test('the kept rows, grouped by what was asked for, are the segments of the report to the last digit, here and elsewhere', async (t) => {
  const path = market(t)
  edit(join(path, 'visits.csv'), (text) =>
    text.replace(/^(visit_id.*)$|^(v\d*(\d),.*)$/gm, (_, header, row, digit) =>
      header ? `${header},"channel, last"` : `${row},${['', 'web', 'phone'][digit % 3]}`,
    ),
  )
  const by = ['--by', 'region,payment', '--by', 'usage,"channel, last"']
  await ok(path, [...SMALL, ...by, '--keep-visits', '--out', 'out'])
  const { breakdowns, visits, focus } = report(join(path, 'out'))
  const asked = breakdowns.slice(3)
  assert.deepEqual(
    asked.map((breakdown) => breakdown.by.join()),
    ['region,payment', 'usage,channel, last'],
  )
  for (const { by, segments } of asked) {
    assert.equal(
      segments.reduce((sum, segment) => sum + segment.visits, 0),
      visits,
    )
    const columns = by.map((word) => (word === 'usage' ? 'usage_band' : `"${word}"`)).join()
    const query = `SELECT ${columns}, sum(probability) FILTER (tariff_id = '${focus?.id}'), sum(probability * no_switch)
      FROM '${join(path, 'out')}/long.parquet' WHERE market = 'hypothetical' GROUP BY ${columns}`
    const script = 'import duckdb, json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))'
    const rows = JSON.parse((await promisify(execFile)(PYTHON, ['-c', script, query])).stdout) as (string | number | null)[][]
    const told = segments.map(({ values, hypothetical }) => [...values, hypothetical.focus || null, hypothetical.no_switch])
    const key = (row: unknown[]) => row.slice(0, 2).join()
    const sorted = (rows: unknown[][]) => rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
    assert.deepEqual(sorted(rows.map((row) => row.map((value) => value || null))), sorted(told))
  }

  const data = { port: 0, data: join(path, 'data'), workers: 2, inFlight: 8, retryScale: 0.001 }
  const server = await serve({ ...data, log: () => {} })
  t.after(() => server.close())
  await ok(path, [...SMALL, ...by, '--server', server.url, '--out', 'remote'])
  assert.deepEqual(report(join(path, 'remote')), report(join(path, 'out')))
  const other = await switchyard(path, [...SMALL, '--by', 'region,payment', '--out', 'out'])
  assert.deepEqual([other.code, /holds? .*another|of another question/.test(other.stderr)], [2, true], other.stderr)
  const unknown = await switchyard(path, ['check', 'small.json', '--by', 'region,chanel last'])
  assert.deepEqual(
    [unknown.code, /^--by: got `chanel last`, expected one of region, .*: channel, last/.test(unknown.stdout)],
    [2, true],
  )
})

test('the files are the same bytes for any chunk and any number of workers, made here, exported, or elsewhere', async (t) => {
  const path = market(t)
  const tables = (out: string) => ['visits', 'long'].map((name) => readFileSync(join(path, out, `${name}.parquet`)))
  const kept = async (out: string, ...args: string[]) => {
    await ok(path, [...SMALL, '--keep-visits=1_200', '--out', out, ...args])
    return tables(out)
  }
  const first = await kept('first', '--workers', '1')
  assert.deepEqual(await kept('second', '--chunk', '700', '--workers', '3'), first)
  for (const name of ['visits', 'long'])
    await ok(path, ['export', 'second', `--${name}`, '--out', `first/${name}.parquet`, '--quiet'])
  assert.deepEqual(tables('first'), first)

  const data = { port: 0, data: join(path, 'data'), workers: 2, inFlight: 8, retryScale: 0.001 }
  const server = await serve({ ...data, log: () => {} })
  t.after(() => server.close())
  assert.deepEqual(await kept('remote', '--server', server.url), first)
  const { run } = JSON.parse(readFileSync(join(path, 'remote/run.json'), 'utf8'))
  const elsewhere = ['export', run, '--long', '--first', '1200', '--server', server.url, '--quiet', '--out', 'first/long.parquet']
  await ok(path, elsewhere)
  assert.deepEqual(tables('first'), first)
  const missing = await switchyard(path, ['export', 'nosuchrun', '--long', '--server', server.url])
  assert.deepEqual([missing.code, /no run `nosuchrun` is known/.test(missing.stderr)], [2, true], missing.stderr)
})

const ENDINGS = 'in .parquet, .csv or .csv.gz'

test('a name that ends in .csv.gz is compressed CSV', async (t) => {
  const path = market(t)
  await ok(path, [...SMALL, '--keep-visits=700', '--out', 'out'])
  for (const name of ['v.csv', 'v.csv.gz', 'v.CSV.GZ']) await ok(path, ['export', 'out', '--long', '--out', name, '--quiet'])
  const plain = readFileSync(join(path, 'v.csv'))
  for (const name of ['v.csv.gz', 'v.CSV.GZ']) assert.ok(gunzipSync(readFileSync(join(path, name))).equals(plain), name)
})

test('kept visits go only where one says so, and then there is nothing to export', async (t) => {
  const path = market(t)
  await ok(path, [...SMALL, '--keep-visits=10', '--out', 'out'])
  const refused = await switchyard(path, [...SMALL, '--out', 'out'])
  const says = 'it also holds 10 kept visits of this question: --keep-visits=10 makes them again, --force replaces them'
  assert.deepEqual([refused.code, refused.stderr], [2, `--out: got \`out\`, expected a folder to write to (${says})\n`])
  await ok(path, [...SMALL, '--force', '--out', 'out'])
  assert.deepEqual(readdirSync(join(path, 'out')).sort(), ['paired', 'report.json', 'run.json'])
  for (const [args, says] of [
    [['out', '--long'], 'switchyard export: got `out`, expected a prediction that was made with --keep-visits'],
    [['gone', '--long'], 'switchyard export: got `gone`, expected the folder of a finished prediction, or a run in runs/'],
    [['out'], 'switchyard export: expected either --visits or --long'],
    [['out', '--long', '--out', 'v.xlsx'], `--out: got \`v.xlsx\`, expected a name that ends ${ENDINGS}, or --format with it`],
    [['out', '--long', '--format', 'xlsx'], '--format: got `xlsx`, expected parquet or csv'],
  ] as const) {
    const { code, stderr } = await switchyard(path, ['export', ...args])
    assert.deepEqual([code, stderr.trim()], [2, says])
  }
})

/** The example's model with correlated tastes, in an order and words of one's own. */
function correlate(path: string): void {
  editJson(join(path, 'model.json'), (model) => {
    Object.assign(model.coefficients as object, {
      saving_gbp: { mean: -4.4, distribution: 'ln' },
      green: { mean: 0.15, distribution: 'n' },
      log_position: { mean: -1.5, sd: 0.4, distribution: 'nln' },
    })
    model.cholesky = {
      variables: ['green', 'saving_gbp'],
      matrix: [
        [0.85, 0],
        [-0.4, 0.3],
      ],
    }
    model.covariance = { parameters: ['chol.green.saving_gbp'], matrix: [[0.01]] }
  })
}

for (const command of [`${PYTHON} ${MODELS}/logit.py`, `Rscript ${MODELS}/logit.R`])
  for (const tastes of ['independent', 'correlated']) {
    test(`${command.split('/').at(-1)} gives the shares of our own kernel, with ${tastes} tastes`, async (t) => {
      const path = market(t)
      if (tastes === 'correlated') correlate(path)
      await ok(path, [...SMALL, '--out', 'own'])
      await ok(path, [...SMALL, '--keep-visits', '--out', 'theirs', '--model-command', `${command} model.json`])
      const [own, theirs] = [report(join(path, 'own')), report(join(path, 'theirs'))]
      assert.deepEqual([theirs.model_command, theirs.sweeps, theirs.parameter_draws], [`${command} model.json`, [], 0])
      const off = own.tariffs.map(({ hypothetical }, at) => {
        return Math.abs(hypothetical.expected - (theirs.tariffs[at]?.hypothetical.expected ?? 0))
      })
      // Single precision against double: a few 10⁻⁶ of a probability, and its unit of counting.
      assert.ok(Math.max(...off) < 1e-6, String(Math.max(...off)))
      for (const table of ['visits', 'long']) await ok(path, ['export', 'theirs', `--${table}`, '--format', 'csv', '--quiet'])
      assert.deepEqual((await read(join(path, 'theirs'))).chosen.duckdb, sampled(theirs))
    })
  }

test('with an edit beside those of the focus there is a third market: asked of a command, kept and exported', async (t) => {
  const path = market(t)
  editJson(join(path, 'small.json'), ({ edits }) => {
    const reprice = { tariff: 'larkhollow-dual-fixed-12', part: 'unit_rate', percent: -3 }
    ;(edits as object[]).push({ reprice })
  })
  const asked = [...SMALL, '--visits', '50', '--model-command', `${PYTHON} ${MODELS}/logit.py model.json`]
  await ok(path, [...asked, '--keep-visits', '--out', 'out'])
  await ok(path, ['export', 'out', '--long', '--format', 'csv', '--quiet'])
  assert.match(readFileSync(join(path, 'out', 'long.csv'), 'utf8'), /,without_focus,/)
})

/** Answers with our own probabilities, but for the second row. */
const ECHO = `import sys
at = sys.stdin.readline().rstrip().split(',').index('probability')
for row, line in enumerate(sys.stdin):
    print(sys.argv[1] if row == 1 else line.rstrip().split(',')[at])
`

test('a model command runs here, wherever the run is: the same report; where it fails, the run there is ended', async (t) => {
  const path = market(t)
  const server = await serve({ port: 0, data: join(path, 'data'), workers: 2, retryScale: 0.001, log: () => {} })
  t.after(() => server.close())
  const asked = [...SMALL, '--chunk', '700', '--model-command', `${PYTHON} ${MODELS}/logit.py model.json`]
  await ok(path, [...asked, '--out', 'here'])
  await ok(path, [...asked, '--out', 'there', '--server', server.url])
  const [here, there] = ['here', 'there'].map((name) => readFileSync(join(path, name, 'report.json'), 'utf8'))
  assert.equal(there, here)
  const failing = [...SMALL, '--model-command', 'exit 3', '--server', server.url]
  assert.equal((await switchyard(path, failing)).code, 2)
  const runs = JSON.parse((await switchyard(path, ['runs', '--json', '--server', server.url])).stdout)
  assert.deepEqual(
    runs.map(({ state }: { state: string }) => state),
    ['cancelled', 'completed'],
  )
})

for (const [what, command, says] of [
  [
    'fails',
    'echo "no such package" >&2; exit 3',
    /^--model-command: `.*` ended with exit code 3 on the rows of the visits from 0 on:\n {2}no such package$/,
  ],
  ['is none', 'no-such-model', /ended with exit code 127 .*:\n.*not found/],
  ['kills itself', 'kill -9 $$', /ended with SIGKILL/],
  ['prints garbage', 'echo p; echo 0.5; echo NA', /, line 3: got `NA`, expected a number, the probability of one row$/],
  ['prints nan', 'cat > /dev/null; echo nan; yes 1', /, line 1: got `nan`, expected a number, the probability of one row$/],
  ['prints too little', 'cat > /dev/null; echo 1', /: got `1 numbers`, expected \d+ numbers, one for each row of the table$/],
  ['prints for ever', 'yes 0.5', /: got `0.5`, expected no more than one number for each of \d+ rows$/],
  [
    'prints a line that has no end',
    'yes 1 | tr -d "\\n" & exit 0',
    /, line 1: got `1{59}…`, expected a line that ends, with the probability of one row$/,
  ],
  [
    'prints what is no probability',
    'PY -1',
    /, line 2, visit 0, unchanged, [\w-]+: got `-1`, expected a probability from 0 to 1$/,
  ],
  [
    'prints what does not sum to 1',
    'PY 0',
    /, visit 0, unchanged: got `0\.\d+`, expected 1 as the sum of a visit's probabilities in a market$/,
  ],
] as const) {
  test(`a model command that ${what}: named, exit code 2, nothing left`, async (t) => {
    const path = market(t)
    writeFileSync(join(path, 'echo.py'), ECHO)
    const before = readdirSync(path)
    const asked = command.replace('PY', `${PYTHON} echo.py`)
    const { code, stdout, stderr } = await switchyard(path, [
      ...SMALL,
      '--visits',
      '200',
      '--out',
      'out',
      '--model-command',
      asked,
    ])
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.match(stderr.trimEnd(), says)
    assert.deepEqual(readdirSync(path), before)
    assert.ok(!existsSync(join(path, 'out')))
  })
}
