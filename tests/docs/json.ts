// JSON of the documentation, done with what it is for: predicted with, fitted, or asked of a server.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { serve } from '../../node-host/src/server/serve.ts'
import { longChoices } from '../choices.ts'
import { edit, market, switchyard } from '../support.ts'
import { writeAcmeMarket } from './acme.ts'
import { type Block, blocksOf } from './page.ts'

type Json = Record<string, unknown>

/** Does with a block what its keys say that it is for. */
export async function use(t: TestContext, { place, text }: Block): Promise<void> {
  const json = JSON.parse(text) as Json
  const found = USES.find(([keys]) => keys.every((key) => key in json))
  if (!found) throw new Error(`${place}: expected JSON that this test can do something with, got the keys ${Object.keys(json)}`)
  const path = market(t)
  await found[1](path, json, t).catch((error: Error) => {
    throw new Error(`${place}: ${error.message}`, { cause: error })
  })
}

type Use = (path: string, json: Json, t: TestContext) => Promise<void>

/** The first whose keys are there. */
const USES: [string[], Use][] = [
  [['edits'], predict],
  [['sweep'], predict],
  [['sweeps'], predict],
  ...['add', 'reprice', 'withdraw'].map((edit): [string[], Use] => [[edit], (path, json) => predict(path, { edits: [json] })]),
  [['coefficients', 'draws'], fit],
  [['coefficients'], predictWith],
  [['data', 'spec'], ask],
]

/** A scenario of the market of Acme and Bolt, or a part of one: the rest is as in the README, whose edits come before its own. */
async function predict(path: string, part: Json): Promise<void> {
  const [whole = { text: '' }] = blocksOf('README.md').filter(({ language }) => language === 'json')
  const given = JSON.parse(whole.text) as Json & { edits: Json[] }
  const scenario = 'name' in part ? part : { ...given, ...part, edits: [...given.edits, ...((part.edits as Json[]) ?? [])] }
  writeAcmeMarket(path)
  writeFileSync(join(path, 'scenario.json'), JSON.stringify(scenario))
  const { focus } = await json(path, 'predict', 'scenario.json', '--visits', '2_000')
  assert.equal((focus as Json).id, scenario.focus)
}

/** A choice model. */
async function predictWith(path: string, model: Json): Promise<void> {
  writeFileSync(join(path, 'given.json'), JSON.stringify(model))
  const { parameter_draws } = await json(path, 'predict', 'small.json', '--model', 'given.json', '--visits', '2_000')
  assert.equal(parameter_draws, 'covariance' in model ? 30 : 0)
}

/** What to estimate from visits. */
async function fit(path: string, spec: Json): Promise<void> {
  writeFileSync(join(path, 'spec.json'), JSON.stringify(spec))
  edit(join(path, 'visits.csv'), (text) => text.split('\n').slice(0, 600).join('\n'))
  const { coefficients } = await json(path, 'fit', 'visits.csv', '--market', 'small.json', '--spec', 'spec.json')
  const held = (spec.coefficients as Json[]).filter(({ held }) => held)
  for (const { variable, mean } of held) assert.equal((coefficients as Record<string, Json>)[String(variable)]?.estimate, mean)
}

/** An estimation asked of a server, with names in the place of what stands for them. */
async function ask(path: string, input: Json, t: TestContext): Promise<void> {
  const server = await serve({ port: 0, data: join(path, 'data'), workers: 2, retryScale: 0.001, log: () => {} })
  t.after(() => server.close())
  const names = { NAME: 'long.csv', KEY: 'inputs/long.csv', VARIABLE: 'price' }
  const columns = { choice: 'chosen', set: 'set', alternative: 'deal', person: 'person', weight: 'weight', outside: 'none' }
  const text = JSON.stringify(input)
    .replaceAll(/"(\w+)":"…"/g, (_, field: keyof typeof columns) => `"${field}":"${columns[field]}"`)
    .replaceAll(/"(NAME|KEY|VARIABLE)"/g, (_, name: keyof typeof names) => `"${names[name]}"`)
  const asked = JSON.parse(text) as Json
  asked.spec = { path: 'spec.json', key: 'inputs/spec.json' }
  const coefficients = [{ variable: 'rating', distribution: 'normal' }, { variable: 'price' }, { variable: 'none' }]
  // Everyone counts as one, and every tenth choice is none of the deals.
  const [header, ...rows] = longChoices().trimEnd().split('\n')
  const weighted = [`${header},weight`, ...rows.map((row) => `${row.replace(/(s\d*0,\d),1/, '$1,0')},1`)].join('\n')
  const put = (key: string, body: string) => fetch(`${server.url}/blobs/inputs/${key}`, { method: 'PUT', body })
  await put('spec.json', JSON.stringify({ coefficients, draws: { count: 20 } }))
  await put('long.csv', weighted)
  const { run } = await json(path, 'call', 'fit', JSON.stringify(asked), '--server', server.url)
  await ok(path, 'watch', String(run), '--server', server.url)
  for (const name of ['report.json', 'model.json', 'tastes.csv'])
    assert.equal((await fetch(`${server.url}/blobs/dev/runs/${run}/${name}`)).status, 200, name)
}

async function json(path: string, ...args: string[]): Promise<Json> {
  return JSON.parse(await ok(path, ...args, ...(args[0] === 'call' ? [] : ['--json', '--quiet']))) as Json
}

async function ok(path: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await switchyard(path, args)
  // A fit of a few visits may not converge.
  assert.ok(code === 0 || (code === 3 && args[0] === 'fit'), stderr)
  return stdout
}
