// `switchyard compare`: two launches, which does better, and whether that is sure; here and on a server.

import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { serve } from '../node-host/src/server/serve.ts'
import { edit, market, switchyard } from './support.ts'

/** Predicts in a folder; gives the run. */
async function predict(path: string, scenario: string, out: string, ...more: string[]): Promise<string> {
  const args = ['predict', `${scenario}.json`, '--visits', '2_000', '--quiet', '--out', out, ...more]
  const { code, stderr } = await switchyard(path, args)
  assert.equal(code, 0, stderr)
  return JSON.parse(readFileSync(join(path, out, 'run.json'), 'utf8')).run
}

/** The same launch, a percent of the unit rate cheaper. */
function cheaper(path: string): void {
  copyFileSync(join(path, 'small.json'), join(path, 'cheaper.json'))
  edit(join(path, 'cheaper.json'), (text) => text.replace('"unit_rate_percent": -3', '"unit_rate_percent": -4'))
}

test('of two prices one surely does better; what is not the same in both is said, and makes it less sure', async (t) => {
  const path = market(t)
  cheaper(path)
  await Promise.all([
    predict(path, 'small', 'one'),
    predict(path, 'cheaper', 'two'),
    predict(path, 'cheaper', 'runs/lucky', '--seed', '7'),
  ])
  const { code, stdout } = await switchyard(path, ['compare', 'one', 'two'])
  assert.equal(code, 0)
  assert.match(stdout, /^ {2}the tariff it is about +[\d.]+ % +[\d.]+ % +\+[\d.]+ pp +\+[\d.]+ to \+[\d.]+ pp {2}surely more$/m)
  assert.match(stdout, /^ {2}Pellwick Home Energy .* surely less$/m)
  assert.match(stdout, /^Both are of the same visits, market, model and seed: what differs is the edits alone\.$/m)
  assert.deepEqual(
    stdout.split('\n').filter((line) => [...line].length > 100),
    [],
  )
  const compared = async (...runs: string[]) => JSON.parse((await switchyard(path, ['compare', ...runs, '--json'])).stdout)
  const [same, other] = [await compared('one', 'two'), await compared('one', 'lucky')]
  const share = (out: string) => JSON.parse(readFileSync(join(path, out, 'report.json'), 'utf8')).focus.share.hypothetical
  const { first, second, difference } = same.focus
  assert.deepEqual([first, second], [share('one').expected, share('two').expected])
  assert.ok(Math.abs(difference.expected - (second - first)) < 1e-15)
  assert.ok(difference.monte_carlo.se < share('two').monte_carlo.se / 2, JSON.stringify(difference))
  assert.deepEqual([same.differs, same.paired], [[], { visits: true, monte_carlo: true, parameters: true }])
  assert.deepEqual([other.differs, other.paired], [['seed'], { visits: true, monte_carlo: false, parameters: false }])
  assert.ok(other.focus.difference.in_all.se > 2 * difference.in_all.se)
  const said = await switchyard(path, ['compare', 'one', 'lucky'])
  assert.match(said.stdout, /^Not the same in both, besides edits\n {2}another seed: /m)
  assert.match(said.stdout, /^ {4}simulation .* not the same: both count$/m)
})

test('runs on a server compare as those here do; what is no finished prediction is said to be none', async (t) => {
  const path = market(t)
  cheaper(path)
  const server = await serve({ port: 0, data: join(path, 'data'), workers: 2, retryScale: 0.001, log: () => {} })
  t.after(() => server.close())
  const there = ['--server', server.url]
  const runs = [await predict(path, 'small', 'one', ...there), await predict(path, 'cheaper', 'two', ...there)]
  const [elsewhere, here] = [
    await switchyard(path, ['compare', ...runs, '--json', ...there]),
    await switchyard(path, ['compare', 'one', 'two', '--json']),
  ]
  assert.equal(elsewhere.code, 0, elsewhere.stderr)
  assert.equal(elsewhere.stdout, here.stdout)

  const put = (key: string) => fetch(`${server.url}/blobs/dev/runs/${key}`, { method: 'PUT', body: '{}' })
  await Promise.all(['afit/fit', 'afit/report.json', 'old/report.json', 'old/plan.json', 'begun/plan.json'].map(put))
  mkdirSync(join(path, 'begun/work'), { recursive: true })
  writeFileSync(join(path, 'begun/work/run.json'), '{}')
  rmSync(join(path, 'two/paired'))
  const [expected, older] = ['the folder of a finished prediction, or a run in runs/', 'a prediction with what comparisons need']
  for (const [args, says] of [
    [['one'], 'switchyard compare: expected two runs'],
    [['one', 'two', 'three'], 'switchyard compare: got `three` too, expected two runs'],
    [['one', 'none'], `switchyard compare: got \`none\`, expected ${expected}`],
    [['begun', 'one'], 'switchyard compare: got `begun`, expected a prediction that is finished'],
    [['one', 'two'], `switchyard compare: got \`two\`, expected ${older}`],
    [[runs[0], 'none', ...there], 'no run `none` is known in environment `dev` of'],
    [[runs[0], 'afit', ...there], 'switchyard compare: got `afit`, expected a prediction: this is a fit'],
    [[runs[0], 'old', ...there], `switchyard compare: got \`old\`, expected ${older}`],
    [[runs[0], 'begun', ...there], 'got `begun`, expected a prediction that is finished: this one is interrupted'],
  ] as [string[], string][]) {
    const { code, stderr } = await switchyard(path, ['compare', ...args])
    assert.equal(code, 2, stderr)
    assert.ok(stderr.startsWith(says) || stderr.includes(says), `${args}: ${stderr}`)
  }
  writeFileSync(join(path, 'two/paired'), 'something else')
  const { code, stderr } = await switchyard(path, ['compare', 'one', 'two'])
  assert.deepEqual([code, stderr], [2, 'two: expected what this version keeps of a prediction: make it again\n'])
})
