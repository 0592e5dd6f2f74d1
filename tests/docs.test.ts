// The documentation is true: every block of every page is run, and what is shown of it is what comes of it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as json from './docs/json.ts'
import { type Block, blocksOf, mentionsOf, PAGES, textOf } from './docs/page.ts'
import { sample } from './docs/sample.ts'
import { isRun, run } from './docs/session.ts'
import { EXAMPLES, editJson, folder, market, switchyard } from './support.ts'

/** Text that another test reads. */
const ELSEWHERE = new Map([
  ['user switchyard-prod on', 'redis-rights.test.ts'],
  ['redis://[USER:PASSWORD@]HOST', 'redis-rights.test.ts, redis-as-sold.test.ts'],
])

for (const page of PAGES) {
  test(`${page}: every block is run, and its figures are those that come of it`, async (t) => {
    const blocks = blocksOf(page)
    const printed = blocks.some(isRun) ? await run(t, page, blocks) : new Map<Block, string>()
    for (const [at, block] of blocks.entries()) {
      const { language, text, place } = block
      if (language === 'json') await json.use(t, block)
      else if (language === 'text') await shown(block, blocks[at - 1], printed)
      else if (isRun(block)) compared(block, blocks.slice(at + 1), printed)
      else assert.fail(`${place}: a block that nobody runs, ${language}:\n${text}`)
    }
  })

  test(`${page}: the commands that it mentions take the options that it names`, async (t) => {
    for (const command of mentionsOf(page)) await known(folder(t), command)
  })
}

/** Text is what the commands before it print, how a command is written, or read elsewhere. */
async function shown({ text, place }: Block, before: Block | undefined, printed: Map<Block, string>): Promise<void> {
  if ([...ELSEWHERE.keys()].some((start) => text.startsWith(start))) return
  if (text.startsWith('npx switchyard ')) return known(EXAMPLES, text.replace('npx ', ''))
  const output = before?.language === 'sh' ? printed.get(before) : undefined
  assert.ok(output !== undefined, `${place}: text that nobody compares with anything: expected it right after what prints it`)
  sample(place, text, output)
}

/** What a snippet in another language gives are the numbers that the next commands print. */
function compared(block: Block, after: Block[], printed: Map<Block, string>): void {
  if (block.language === 'sh') return
  const same = after.find(({ language }) => language === 'sh')
  assert.ok(same, `${block.place}: a figure that is compared with nothing: expected commands after it that print the same`)
  const [ours, theirs] = [block, same].map((one) => numbers(printed.get(one) ?? ''))
  assert.ok(ours && theirs && ours.length > 0, `${block.place}: no figures: ${printed.get(block)}`)
  const near = (one: number, at: number) => Math.abs(one - (theirs[at] ?? Number.NaN)) <= 1e-9 * Math.max(1, Math.abs(one))
  assert.ok(ours.length === theirs.length && ours.every(near), `${block.place}: ${ours} is not ${theirs} (${same.place})`)
}

/** The lines that are numbers, in their order. */
function numbers(printed: string): number[] {
  const lines = printed.split('\n').filter((line) => /^-?\d[\d.]*(e[+-]?\d+)?$/i.test(line))
  return lines.map(Number).sort((a, b) => a - b)
}

const HELP = new Map<string, Promise<{ code: number | null; stdout: string }>>()

/** The command is one, and has the options. */
async function known(cwd: string, command: string): Promise<void> {
  const [, name = ''] = command.split(' ')
  if (name.startsWith('-')) return
  const help = HELP.get(name) ?? switchyard(cwd, [name, '--help'])
  HELP.set(name, help)
  const { code, stdout } = await help
  assert.equal(code, 0, `${command}: no such command`)
  for (const [option] of command.matchAll(/--[a-z-]+/g))
    assert.ok(option === '--help' || stdout.includes(option), `${command}: it has no ${option}`)
}

test('a block that does not say what it is, or is compared with nothing, does not pass', async () => {
  assert.throws(() => blocksOf('page.md', 'So:\n\n    npm start\n'), /^Error: page\.md, line 3: expected a block between fences/)
  assert.throws(() => blocksOf('page.md', '```\nnpm start\n```\n'), /^Error: page\.md, line 1: expected the language/)
  const [text, python] = blocksOf('page.md', '```text\n2.003 %\n```\n```python\n1 + 1\n```\n')
  assert.ok(text && python)
  await assert.rejects(shown(text, undefined, new Map()), /page\.md, line 1: text that nobody compares/)
  assert.throws(() => compared(python, [], new Map()), /page\.md, line 4: a figure that is compared with nothing/)
  assert.throws(() => sample('page.md', '1\n…\n3', '1\n2\n4'), /page\.md: not what is printed/)
  assert.doesNotThrow(() => sample('page.md', '1\n…\n3', '1\n2\n3'))
})

test('examples/README.md: the estimates are those of the README, and the truth is the model', () => {
  const { coefficients } = JSON.parse(readFileSync(`${EXAMPLES}model.json`, 'utf8'))
  const table = /^ {2}([\w.]+) +(-?[\d.]+) +([\d.]+) .*<\.0001/gm
  const fitted = new Map([...textOf('README.md').matchAll(table)].map(([, name, ...figures]) => [name, figures.map(Number)]))
  const rows = [...textOf('examples/README.md').matchAll(/^\| `([\w.]+)` \| (\S+) \| (\S+) \| (\S+) \|$/gm)]
  assert.deepEqual(rows.map(([, name]) => name).sort(), [...fitted.keys()].sort())
  for (const [, name = '', ...shown] of rows) {
    const [variable = '', isSd] = name.split('.')
    const { mean, sd, distribution } = coefficients[variable]
    // Of a normal taste, all that one choice each can tell, as the page says.
    const truth = isSd ? sd : distribution === 'normal' ? mean + sd ** 2 / 2 : mean
    const figures = [truth, ...(fitted.get(name) ?? [])]
    // Both may be rounded.
    const isNear = (figure: string, at: number) => {
      return Math.abs(Number(figure.replace('−', '-')) - figures[at]) <= 0.51 * 10 ** -(figure.split('.')[1]?.length ?? 0)
    }
    assert.ok(shown.every(isNear), `${name}: ${shown} is not ${figures}`)
  }
})

test('docs/report.md: every field of a report is there, and no other', async (t) => {
  const path = market(t)
  editJson(join(path, 'small.json'), (scenario) => {
    const other = { reprice: { supplier: 'Oakstrand', part: 'unit_rate', percent: -2 } }
    scenario.edits = [...(scenario.edits as unknown[]), other]
    scenario.sweep = { tariff: 'oakstrand-dual-tracker-12', unit_rate_percent: [1] }
  })
  const { stdout, stderr } = await switchyard(path, ['predict', 'small.json', '--json', '--quiet', '--visits', '2000'])
  assert.notEqual(stdout, '', stderr)
  const fields = fieldsOf(JSON.parse(stdout))
  const text = textOf('docs/report.md')
  const words = new Set([...text.matchAll(/`(\w+)`/g)].map(([, word]) => word))
  assert.deepEqual(
    [...fields].filter((field) => !words.has(field)),
    [],
  )
  const first = [...text.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)])
  const absent = ['gap', 'model_command'] // where nothing is lost, and no command asked
  assert.deepEqual(
    first.map(([, word = '']) => word).filter((word) => !fields.has(word) && !absent.includes(word)),
    [],
  )
})

/** All names of fields in a value. */
function fieldsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found
  for (const [name, part] of Object.entries(value)) {
    if (!Array.isArray(value)) found.add(name)
    fieldsOf(part, found)
  }
  return found
}
