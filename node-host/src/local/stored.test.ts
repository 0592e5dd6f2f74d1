import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RunLine } from '../environment/environment.ts'
import { FolderBlobs, fileName } from './blobs.ts'
import { listed, removeRun, storedRuns } from './stored.ts'

test('runs are those that the ledger knows and those that are stored, but not what was removed', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const blobs = new FolderBlobs(folder)
  const write = (key: string, length: number, at_s: number) => {
    blobs.write(key, new Uint8Array(length))
    utimesSync(join(folder, fileName(key)), at_s, at_s)
  }
  write('dev/runs/lost/plan.json', 10, 100)
  write('dev/runs/lost/tallies/0', 20, 160)
  write('dev/inputs/lost/files/0', 5, 90)
  write('dev/runs/done/report.json', 1, 50)
  write('dev/inputs/refused/scenario.json', 1, 55)
  write('prod/runs/other/plan.json', 1, 1)
  for (const stray of ['', 'mine.txt', 'mine', '/a', 'a b/c', '../x']) write(`dev/runs/${stray}`, 1, 1)
  const known = (run: string, state: RunLine['state'], of: number, opened_ms: number): RunLine => {
    return { run, state, done: 0, of, message: '', opened_ms, updated_ms: 0 }
  }
  const gone = [known('removed', 'completed', 9, 4e5), known('removed-fit', 'completed', 0, 4e5)]
  // It was opened when `plan.json` was written, by a ledger that is no more.
  write('dev/runs/again/plan.json', 1, 70)
  const again = known('again', 'running', 9, 5e5)
  const ledger = [...gone, again, known('refused', 'failed', 0, 3e5), known('begun', 'running', 9, 2e5)]
  const lines = () =>
    listed(ledger, storedRuns(blobs, 'dev')).map(({ run, state, bytes, opened_ms }) => [run, state, bytes, opened_ms])
  const expected = [
    ['refused', 'failed', 0, 3e5],
    ['begun', 'running', 0, 2e5],
    ['lost', 'interrupted', 35, 90_000],
    ['again', 'running', 1, 70_000],
    ['done', 'completed', 1, 50_000],
  ]
  assert.deepEqual(lines(), expected)
  removeRun(blobs, 'dev', 'lost')
  assert.deepEqual(lines(), expected.toSpliced(2, 1))
  assert.deepEqual(blobs.list('').length, 10)
})
