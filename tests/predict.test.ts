// `switchyard predict`, as a person at the keyboard meets it.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { digest, GOLDEN } from './golden.ts'
import { EXAMPLES, edit, folder, market, switchyard } from './support.ts'

const SMALL = ['predict', 'small.json', '--out', 'out', '--quiet']

/** The report of the small scenario, as bytes. */
async function report(path: string, ...args: string[]): Promise<Buffer> {
  const { code, stderr } = await switchyard(path, [...SMALL, ...args])
  assert.equal(code, 0, stderr)
  return readFileSync(join(path, 'out/report.json'))
}

test('the report is the same bytes for any chunk and any number of workers', async (t) => {
  const path = market(t)
  const digests = new Map<string, string>()
  for (const chunk of ['1_000', '50_000', 'all']) {
    for (const workers of ['1', '2', '5']) {
      const bytes = await report(path, '--chunk', chunk, '--workers', workers)
      digests.set(`chunk ${chunk}, workers ${workers}`, digest(bytes))
    }
  }
  assert.equal(new Set(digests.values()).size, 1, JSON.stringify(Object.fromEntries(digests), null, 2))
})

test('files may be compressed, and one of them may be the standard input', async (t) => {
  const path = market(t)
  const expected = await report(path)
  for (const name of ['tariffs.csv', 'rates.csv', 'visits.csv']) {
    writeFileSync(join(path, `${name}.gz`), gzipSync(readFileSync(join(path, name))))
  }
  const packed = readFileSync(join(path, 'small.json'), 'utf8').replaceAll('.csv"', '.csv.gz"')
  const { code, stderr } = await switchyard(path, ['predict', '-', '--out', 'packed', '--quiet'], undefined, packed)
  assert.equal(code, 0, stderr)
  assert.deepEqual(readFileSync(join(path, 'packed/report.json')), expected)
  const twice = await switchyard(path, ['predict', '-', '--model', '-'], undefined, packed)
  assert.deepEqual([twice.code, twice.stderr], [2, '-: expected for one file alone, as the standard input is read once\n'])
})

test('the examples give their golden reports, as they do natively and in a browser', async (t) => {
  const path = folder(t)
  for (const [name, sha256] of Object.entries(GOLDEN.sha256)) {
    const args = ['predict', join(EXAMPLES, `${name}.json`), '--visits', String(GOLDEN.visits), '--quiet', '--out', name]
    const { code, stderr } = await switchyard(path, args)
    assert.equal(code, 0, stderr)
    assert.equal(digest(readFileSync(join(path, name, 'report.json'))), sha256, name)
  }
})

test('line ends and byte-order marks change nothing', async (t) => {
  const [plain, other] = [market(t), market(t)]
  for (const name of readdirSync(other)) edit(join(other, name), (text) => `\ufeff${text.replaceAll('\n', '\r\n')}`)
  assert.equal(digest(await report(plain)), digest(await report(other)))
})

test('--json prints the report and nothing else', async (t) => {
  const path = market(t)
  const { code, stdout, stderr } = await switchyard(path, ['predict', 'small.json', '--visits', '2_000', '--json'])
  assert.equal(code, 0)
  const [, run] = stderr.match(/^Report: runs\/(\w+)\/report\.json$/m) ?? []
  assert.ok(run, stderr)
  assert.deepEqual(readdirSync(join(path, 'runs', run)).sort(), ['paired', 'report.json', 'run.json'])
  assert.equal(stdout, readFileSync(join(path, 'runs', run, 'report.json'), 'utf8'))
  const made = JSON.parse(readFileSync(join(path, 'runs', run, 'run.json'), 'utf8'))
  assert.deepEqual([made.run, made.visits, made.seed, made.chunk], [run, 2_000, JSON.parse(stdout).seed, 50_000])
  assert.deepEqual(Object.keys(made.components).sort(), ['plan', 'price', 'replay', 'report', 'sample'])
})

test('the printed result fits 100 columns and has no colours in a pipe', async (t) => {
  const { stdout } = await switchyard(market(t), ['predict', 'small.json', '--visits', '2_000'])
  assert.match(stdout, /Gorsley Power, Undercut 12 Months/)
  assert.ok(!stdout.includes('\x1b'), stdout)
  const long = stdout.split('\n').filter((line) => [...line].length > 100)
  assert.deepEqual(long, [])
})

test('interrupted, it stops at once; run again, it finishes with the same report', async (t) => {
  const path = market(t)
  const args = ['predict', 'small.json', '--visits', '1_500_000', '--workers', '2', '--out', 'out dir']
  const tallies = () => blobs(path).filter((name) => name.includes('tallies')).length
  let signalled_ms = 0
  const { code, stderr } = await switchyard(path, args, async (pid) => {
    while (tallies() < 3) await sleep(5)
    signalled_ms = performance.now()
    process.kill(pid, 'SIGINT')
  })
  assert.ok(performance.now() - signalled_ms < 1000, `${performance.now() - signalled_ms} ms`)
  assert.equal(code, 130)
  assert.match(stderr, /To continue: switchyard predict small\.json --visits 1_500_000 --workers 2 --out 'out dir'/)
  assert.deepEqual(readdirSync(join(path, 'out dir')), ['work'])
  assert.ok(tallies() >= 3)

  const again = await switchyard(path, args)
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stderr, /^Continuing the run in out dir$/m)
  assert.deepEqual(readdirSync(join(path, 'out dir')).sort(), ['paired', 'report.json', 'run.json'])
  const whole = await report(path, '--visits', '1_500_000')
  assert.equal(digest(readFileSync(join(path, 'out dir/report.json'))), digest(whole))
})

test('an unfinished run of another question is not continued, and what is not ours is not touched', async (t) => {
  const path = market(t)
  const args = ['predict', 'small.json', '--workers', '1', '--out', 'out']
  const { code } = await switchyard(path, args, async (pid) => {
    while (blobs(path, 'out').length < 8) await sleep(5)
    process.kill(pid, 'SIGTERM')
  })
  assert.equal(code, 143)
  writeFileSync(join(path, 'out/notes.txt'), 'mine')
  const other = await switchyard(path, [...args, '--seed', '7'])
  assert.match(other.stderr, /out held an unfinished run of another question: beginning anew/)
  assert.equal(other.code, 0, other.stderr)
  assert.deepEqual(readdirSync(join(path, 'out')).sort(), ['notes.txt', 'paired', 'report.json', 'run.json'])

  mkdirSync(join(path, 'out/work'))
  writeFileSync(join(path, 'out/work/thesis.txt'), 'mine')
  const refused = await switchyard(path, [...args, '--seed', '7'])
  assert.equal(refused.code, 2)
  assert.match(
    refused.stderr,
    /^--out: got `out`, expected a folder to write to \(`work\/thesis.txt` in it is not Switchyard's\)$/m,
  )
  assert.ok(existsSync(join(path, 'out/work/thesis.txt')))
})

test('results of another question are replaced by --force alone; the same question gives the same bytes again', async (t) => {
  const path = market(t)
  const first = await report(path)
  assert.deepEqual(await report(path, '--chunk', '7_000'), first)
  const refused = await switchyard(path, [...SMALL, '--seed', '7'])
  const says = 'it holds the results of another question: --force replaces them'
  assert.deepEqual([refused.code, refused.stderr], [2, `--out: got \`out\`, expected a folder to write to (${says})\n`])
  assert.deepEqual(readFileSync(join(path, 'out/report.json')), first)
  assert.notDeepEqual(await report(path, '--seed', '7', '--force'), first)

  mkdirSync(join(path, 'mine'))
  writeFileSync(join(path, 'mine/visits.parquet'), 'mine')
  const mine = await switchyard(path, ['predict', 'small.json', '--keep-visits=5', '--out', 'mine'])
  assert.match(mine.stderr, /it holds a `visits.parquet`, which is not from a run like this: --force replaces it\)$/m)
  renameSync(join(path, 'small.json'), join(path, 'report.json'))
  const read = await switchyard(path, ['predict', 'report.json', '--out', '.', '--force'])
  assert.match(read.stderr, /^--out: got `.`, expected a folder to write to \(`report.json` is read, and would be replaced\)$/m)
})

function blobs(path: string, out = 'out dir'): string[] {
  const work = join(path, out, 'work/blobs')
  return existsSync(work) ? readdirSync(work) : []
}
