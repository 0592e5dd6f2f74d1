// `switchyard repl` with lines from elsewhere: what is at hand, in this process and on a server, and how it refuses.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from '../node-host/src/server/serve.ts'
import { GOLDEN } from './golden.ts'
import { type Ended, folder, market } from './support.ts'

const PROGRAM = fileURLToPath(new URL('../node-host/bin/switchyard.mjs', import.meta.url))

function repl(cwd: string, lines: string[], args: string[] = []): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, 'repl', ...args], { cwd })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  child.stdin.on('error', () => {}).end(lines.map((line) => `${line}\n`).join(''))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...output })))
}

/** The digest of a run's report, at the prompt. */
const DIGEST = "(await import('node:crypto')).hash('sha256', await read(run.report))"
const PLAN = `const run = await plan({scenario: 'undercut.json', visits: ${GOLDEN.visits}})`

test('a prediction by hand: components, announcements, blobs and runs, all in this process', async (t) => {
  const { code, stdout, stderr } = await repl(market(t), [
    'const heard = []',
    "const stop = await on('switchyard:dev:report:*', ({ event }, topic) => heard.push(topic.split(':')[2], event))",
    PLAN,
    '(await watch(run)).state',
    DIGEST,
    '(await report(run.run)).visits',
    'heard.join(" ")',
    'stop()',
    'await cancel(run)',
    '(await runs()).length',
    "await write('notes/1', { a: [1] })",
    "String(await read('notes/1')) + await list('notes') + await read('notes/2')",
  ])
  assert.equal(code, 0, stderr)
  const [state, sha256, visits, heard, ...rest] = stdout.trimEnd().split('\n')
  assert.deepEqual([state, sha256, visits], ["'completed'", `'${GOLDEN.sha256.undercut}'`, String(GOLDEN.visits)])
  assert.equal(heard, "'report started report completed'")
  assert.deepEqual(rest.slice(-2), ['1', `'{"a":[1]}notes/1undefined'`])
})

test('what is stored outlives the process, and resume makes the ledger anew from it', async (t) => {
  const path = market(t)
  const first = await repl(path, [PLAN, 'await cancel(run)', '(await look(run)).state', 'run.run'], ['--data', 'kept'])
  const [run = ''] = /(?<=')[\w-]+(?='\n$)/.exec(first.stdout) ?? []
  assert.match(first.stdout, /^'cancelled'$/m, first.stderr)
  const again = [
    `const run = { run: '${run}', report: 'dev/runs/${run}/report.json' }`,
    '(await look(run)).state',
    'await resume(run)',
  ]
  const { code, stdout, stderr } = await repl(path, [...again, 'await watch(run)', DIGEST], ['--data', 'kept'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^'unknown'\n/)
  assert.match(stdout, new RegExp(`'${GOLDEN.sha256.undercut}'\\n$`))
})

test('several lines are one statement, and .help lists every component and function', async (t) => {
  const { code, stdout } = await repl(folder(t), [
    'function twice(a) {',
    '  return 2 * a',
    '}',
    'twice(21)',
    '.help',
    '.exit',
    '1',
  ])
  assert.equal(code, 0)
  assert.match(stdout, /^42\n/)
  assert.doesNotMatch(stdout, /\n1\n/)
  for (const usage of ['plan({scenario, …})', 'replay(input)', 'watch(run)', "on('switchyard:dev:*', fn)", 'write(key, value)']) {
    assert.ok(stdout.includes(`\n${usage} `), usage)
  }
})

test('the first error ends it: a message without a stack, exit code 1', async (t) => {
  const path = folder(t)
  for (const [lines, says] of [
    [['await watch("none")'], 'no run `none` is known in environment `dev` of this process'],
    [['await call("replan")'], 'no component is called `replan`: there are plan, fit, '],
    [['await plan({scenario: "no.json"})'], 'no.json: got `no.json`, expected a file that is stored under this key'],
    [['await cancel("no run")'], 'malformed message: run is `no run`, expected 1 to 64 letters, digits, - or _'],
    [['await report(5)'], 'run: got `5`, expected the name of a run, see runs()'],
    [['nothing.there'], 'ReferenceError: nothing is not defined'],
    [['1 +* 2'], 'SyntaxError: '],
    [['look({})', 'await new Promise((resolve) => setTimeout(resolve, 100))'], 'run: got `{}`, expected the name of a run'],
    [['plan({'], 'the input ends in the middle of a statement'],
  ] as const) {
    const { code, stdout, stderr } = await repl(
      path,
      says.startsWith('the input') ? [...lines] : [...lines, "console.log('went on')"],
    )
    assert.equal(code, 1, stdout)
    assert.ok(stderr.startsWith(says), `${lines}: ${stderr}`)
    assert.doesNotMatch(stdout + stderr, /went on|^\s+at /m)
  }
})

test('the same on a development server, its listener told of what others do; what does not fit is refused', async (t) => {
  const path = market(t)
  const served = await serve({ port: 0, data: join(path, 'data'), workers: 1, inFlight: 4, log: () => {} })
  t.after(() => served.close())
  const server = ['--server', served.url]
  const lines = ['await listen("switchyard:dev:plan:*"); 0', PLAN, '(await watch(run)).state', DIGEST]
  const { code, stdout, stderr } = await repl(path, lines, server)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^0\n/)
  assert.match(stdout, /^switchyard:dev:plan:[\w-]+ started$/m)
  assert.match(stdout, new RegExp(`'completed'\\n'${GOLDEN.sha256.undercut}'\\n$`))
  for (const [args, says] of [
    [[...server, '--workers', '2'], '--workers: got `2`, expected none: the system is not in this process\n'],
    [['--server', 'http://127.0.0.1:1', '--env', '§'], '--env: got `§`, expected the name of an environment, such as dev\n'],
    [['--data', ''], '--data: empty, expected a folder to store in\n'],
    [['more'], 'switchyard repl: got `more`, expected only options\n'],
  ] as const) {
    const refused = await repl(path, [], [...args])
    assert.deepEqual([refused.code, refused.stderr], [2, says])
  }
})
