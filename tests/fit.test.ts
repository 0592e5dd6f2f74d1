// `switchyard fit` as its users meet it: published estimates, the same bytes for any workers, models that predictions take, and what
// is wrong told by file, line and field.

import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Fit } from '../node-host/src/fit/result.ts'
import { longChoices } from './choices.ts'
import { edit, folder, market, switchyard } from './support.ts'

const DATA = fileURLToPath(new URL('../../shared/data/electricity.csv.gz', import.meta.url))
const skip = existsSync(DATA) ? false : 'skipped: no reference data'
const COLUMNS = ['--choice', 'choice', '--id', 'chid', '--panel', 'id', '--alt', 'alt']

test('published choices give the published conditional and mixed logit, whatever the workers', { skip }, async (t) => {
  const path = folder(t)
  const fit = (...args: string[]) => switchyard(path, ['fit', '--long', DATA, ...COLUMNS, '--json', '--quiet', ...args])
  const conditional = JSON.parse((await fit('--vars', 'pf,cl,loc,wk,tod,seas')).stdout) as Fit
  assert.ok(Math.abs(conditional.log_likelihood + 4958.649119337) < 1e-8)
  const shown = ({ estimate, se_hessian }: { estimate: number; se_hessian: number | null }) => [
    estimate.toFixed(7),
    se_hessian?.toFixed(7),
  ]
  assert.deepEqual(
    Object.entries(conditional.coefficients).map(([name, of]) => [name, ...shown(of)]),
    [
      ['pf', '-0.6252278', '0.0232223'],
      ['cl', '-0.1082991', '0.0082442'],
      ['loc', '1.4422429', '0.0505571'],
      ['wk', '0.9955040', '0.0447801'],
      ['tod', '-5.4627587', '0.1837125'],
      ['seas', '-5.8400308', '0.1866779'],
    ],
  )
  const random = ['--vars', 'pf,cl,loc,wk,tod,seas', '--random', 'pf:n,cl:n,loc:n,wk:n,tod:n,seas:n', '--draws', '600']
  const mixed = await Promise.all(['1', '3'].map((workers) => fit(...random, '--workers', workers)))
  assert.equal(mixed[0]?.stdout, mixed[1]?.stdout)
  const { log_likelihood, coefficients, converged } = JSON.parse(mixed[0]?.stdout ?? '') as Fit
  assert.ok(converged && log_likelihood >= -3888.46508)
  const near = (name: string, estimate: number, hessian: number, robust: number) => {
    const found = coefficients[name]
    const differences = [found?.estimate, found?.se_hessian, found?.se_robust].map((value, at) => {
      return Math.abs((value ?? Number.NaN) - ([estimate, hessian, robust][at] as number))
    })
    assert.ok(Math.max(...differences) < 1e-4, `${name}: ${differences}`)
  }
  near('pf', -0.99721, 0.037822, 0.055174)
  near('seas', -9.69623, 0.324652, 0.48702)
  near('cl.sd', 0.41156, 0.025461, 0.031451)
  near('tod.sd', 2.27571, 0.173769, 0.19759)
})

test('the table, the model that it writes, and an exit code that tells whether it converged', async (t) => {
  const path = choices(t)
  const written = await switchyard(path, [...FIT, '--random', 'rating:n', '--draws', '50', '--out', 'model.json'])
  assert.equal(written.code, 0, written.stderr)
  assert.match(
    written.stdout,
    /Mixed logit, 50 Halton draws a person[\s\S]*40 people[\s\S]*estimate {2,}std\. error[\s\S]*rating\.sd/,
  )
  assert.match(written.stderr, /evaluation +1 +log-likelihood[\s\S]*Converged after \d+ evaluations/)
  const model = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8'))
  assert.deepEqual(Object.keys(model.coefficients), ['rating', 'price'])
  assert.deepEqual(Object.keys(model.coefficients.rating), ['mean', 'sd', 'distribution'])
  assert.deepEqual(model.covariance.parameters, ['rating', 'price', 'rating.sd'])
  const correlated = [...FIT, '--random', 'rating:n,price:nln', '--correlated', '--draws', '50', '--out', 'correlated.json']
  const both = await switchyard(path, [...correlated, '--wtp', 'rating', '--quiet'])
  assert.equal(both.code, 0, both.stderr)
  assert.match(
    both.stdout,
    /chol\.rating\.price[\s\S]*Tastes between people: [\s\S]* sd +std\. error +rating\n[\s\S]* price .* -?[01]\.\d\d\n/,
  )
  assert.match(both.stdout, /Willingness to pay, in units of rating given up\n/)
  const { cholesky } = JSON.parse(readFileSync(join(path, 'correlated.json'), 'utf8'))
  assert.deepEqual([cholesky.variables, cholesky.matrix[0][1]], [['rating', 'price'], 0])
  const more = ['--random', 'rating:n', '--wtp', 'price', '--elasticities', 'price', '--tastes', 'tastes.csv']
  const told = await switchyard(path, [...FIT, ...more, '--quiet'])
  assert.match(told.stdout, /Willingness to pay, in units of price\n[\s\S]*rating[\s\S]*Elasticities: [\s\S]* 1 +-\d\.\d{3} /)
  const tastes = readFileSync(join(path, 'tastes.csv'), 'utf8').trimEnd().split('\n')
  assert.deepEqual([tastes[0], tastes.length], ['person,rating,price', 41])
  // Whoever is always cheapest is always chosen: a search without an end, whose model nobody should predict with.
  edit(join(path, 'long.csv'), (text) =>
    text.replaceAll(/^(p\d+,s\d+,(\d),)\d,[\d.]+/gm, (_, row, deal) => `${row}${deal === '1' ? 1 : 0},${deal}`),
  )
  const separated = await switchyard(path, [...FIT, '--json', '--out', 'separated.json'])
  assert.equal(separated.code, 3, separated.stderr)
  assert.match(separated.stderr, /Model: none, as the fit did not converge/)
  assert.equal(existsSync(join(path, 'separated.json')), false)
  const { converged, reason } = JSON.parse(separated.stdout) as Fit
  assert.equal(converged, false)
  assert.match(reason, /separated: .*`price`/)
  assert.match(separated.stderr, /Not converged after \d+ evaluations: separated/)
})

test('names may have any letters, and are told in the order in which they were asked for', async (t) => {
  const path = choices(t)
  edit(join(path, 'long.csv'), (text) =>
    text
      .replace('price,rating,both', '10,a:b,2,"x, y",a:b.sd')
      .replaceAll(/^(p.*),(\S+),(\S+),\S+$/gm, (_, row, price, rating) => {
        const [set = 0, deal = 0] = /s(\d+),(\d)/.exec(row)?.slice(1).map(Number) ?? []
        return [row, price, rating, (set * 7 + deal * 5) % 11, (set * 3 + deal * 7) % 13, (set * 5 + deal * 3) % 7].join()
      }),
  )
  const vars = ['--vars', '10,a:b,2,"x, y",a:b.sd', '--random', 'a:b:n,"x, y":n', '--draws', '20', '--wtp', '10', '--quiet']
  const { code, stdout, stderr } = await switchyard(path, [...LONG, ...vars])
  assert.equal(code, 0, stderr)
  const names = [...stdout.matchAll(/^ {2}(.*?) {2,}-?\d.*\d *$/gm)].map(([, name]) => name)
  const wtp = ['a:b', 'x, y', '2', 'a:b.sd']
  assert.deepEqual(names.slice(-11), ['a:b', 'x, y', '10', '2', 'a:b.sd', 'a:b.sd~2', 'x, y.sd', ...wtp])
  const json = JSON.parse((await switchyard(path, [...LONG, ...vars, '--json'])).stdout) as Fit
  assert.deepEqual(json.parameters, ['a:b', 'x, y', '10', '2', 'a:b.sd', 'a:b.sd~2', 'x, y.sd'])
  assert.deepEqual(Object.keys(json.coefficients).sort(), json.parameters.toSorted())
})

test('one person has no robust errors, and is told why', async (t) => {
  const path = choices(t)
  edit(join(path, 'long.csv'), (text) => text.replaceAll(/^p\d+/gm, 'p'))
  const { code, stdout, stderr } = await switchyard(path, [...FIT, '--quiet'])
  assert.equal(code, 0, stderr)
  assert.match(
    stdout,
    /price +-[\d.]+ *\n[\s\S]*Note: no robust standard errors,.* more people than parameters, and there are 1 for 2;/,
  )
  assert.doesNotMatch(stdout, /Standard errors robust/)
})

test('observed visits give a model that drives a prediction', async (t) => {
  const path = market(t)
  edit(join(path, 'visits.csv'), (text) => text.split('\n').slice(0, 3000).join('\n'))
  const coefficients = ['no_switch', 'saving_gbp', 'supplier_rating'].map((variable) => ({ variable }))
  writeFileSync(join(path, 'spec.json'), JSON.stringify({ coefficients }))
  const question = ['fit', 'visits.csv', '--market', 'small.json', '--spec', 'spec.json']
  const more = ['--wtp', 'saving_gbp', '--elasticities', 'saving_gbp', '--json']
  const fitted = await switchyard(path, [...question, '--out', 'fitted.json', ...more])
  assert.equal(fitted.code, 0, fitted.stderr)
  const { people, coefficients: found, warnings, willingness_to_pay: worth } = JSON.parse(fitted.stdout) as Fit
  assert.match(warnings.join(), /elasticities: `saving_gbp` is below 0 in \d+ of \d+ rows, where 1 % more is further below/)
  assert.equal(worth?.unit, 'GBP a year')
  assert.ok((worth.by_variable.supplier_rating?.estimate ?? 0) > 0, 'people like stars, and would save less for them')
  assert.equal(people > 2900, true)
  assert.equal((found.no_switch?.estimate ?? 0) > 2 && (found.saving_gbp?.estimate ?? 0) > 0, true)
  const predicted = await switchyard(path, ['predict', 'small.json', '--model', 'fitted.json', '--json', '--quiet'])
  assert.equal(predicted.code, 0, predicted.stderr)
  const { parameter_draws, no_switch } = JSON.parse(predicted.stdout)
  assert.equal(parameter_draws, 30)
  // A model that is fitted to visits foretells how many of them switch.
  assert.ok(Math.abs(no_switch.unchanged.expected - 0.8) < 0.05, no_switch.unchanged.expected)
  edit(join(path, 'visits.csv'), (text) => text.replace(/,chosen/, ',choice'))
  const without = await switchyard(path, question)
  assert.deepEqual([without.code, without.stderr.includes('chosen')], [2, true], without.stderr)
})

test('what is wrong is told by name, with exit code 2, and nothing is written', async (t) => {
  const path = choices(t)
  const said = async (args: string[], message: RegExp) => {
    const base = args.includes('--spec') ? LONG : FIT
    const { code, stderr } = await switchyard(path, [...base, '--out', 'model.json', ...args])
    assert.match(stderr, message)
    assert.equal(code, 2, stderr)
  }
  await said(['--vars', 'price,cost'], /long\.csv, line 1: expected a column `cost`/)
  await said(['--vars', 'price', '--random', 'rating:n'], /--random: got `rating:n`, expected one of --vars: price/)
  await said(['--random', 'price:uniform'], /--random: got `price:uniform`, expected VARIABLE:n/)
  await said(['--draws', '0'], /--draws: got `0`, expected a whole number from 1 to 100,000/)
  await said(['--draws', '50'], /--draws: got `50`, expected none without --random/)
  await said(['--random', 'price:n', '--seed', '1'], /--seed: got `1`, expected none with halton draws/)
  await said(['--draw-type', 'dice'], /--draw-type: got `dice`, expected one of halton, sobol, mlhs/)
  await said(['--vars', 'price,"rating'], /--vars: got `price,"rating`, expected a second quote for each/)
  await said(
    ['--outside', 'no_switch', '--vars', 'price,no_switch', '--random', 'no_switch:ln'],
    /^--out: expected none, as predictions take a fixed or normal `no_switch`\n$/,
  )
  await said(['--outside', 'rating'], /long\.csv: got `rating`, expected another name for the constant of the outside option/)
  await said(['--vars', 'price,rating,both'], /--vars: got `both`, expected variables of which none is a combination/)
  await said(['--vars', 'price', '--wtp', 'price'], /^--wtp: got `price`, expected another variable beside it/)
  await said(['--wtp', 'stars'], /^--wtp: got `stars`, expected one of price, rating/)
  writeFileSync(
    join(path, 'free.json'),
    '{"coefficients": [{"variable": "price", "mean": 0, "held": true}, {"variable": "rating"}]}',
  )
  const free = ['--spec', 'free.json', '--wtp', 'price']
  await said(free, /^--wtp: got `price`, expected a variable whose coefficient is not held at 0/)
  await said(['--tastes', 'tastes.csv'], /^--tastes: expected a random coefficient/)
  await said(['--spec', 'nowhere.json'], /nowhere\.json: expected a specification that can be read/)
  writeFileSync(join(path, 'spec.json'), '{"coefficients": [{"variable": "price"}, {"variable": "stars"}]}')
  await said(['--spec', 'spec.json'], /long\.csv, line 1: expected a column `stars`/)
  edit(join(path, 'long.csv'), (text) => text.replace('p1,s4,2,', 'p1,s4,2,perhaps,1,1,1\np1,s4,3,'))
  await said(['--spec', 'spec.json', '--vars', 'price'], /--vars: got `price`, expected none with --spec/)
  await said([], /long\.csv, line \d+, chosen: got `perhaps`, expected yes or no/)
  assert.equal(existsSync(join(path, 'model.json')), false)
})

const LONG = ['fit', '--long', 'long.csv', '--choice', 'chosen', '--id', 'set', '--panel', 'person', '--alt', 'deal']
const FIT = [...LONG, '--vars', 'price,rating']

/** A folder with choices in long format. */
function choices(t: Parameters<typeof folder>[0]): string {
  const path = folder(t)
  writeFileSync(join(path, 'long.csv'), longChoices())
  return path
}
