import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { clearTemporaries } from '../files/whole.ts'
import { FolderBlobs } from './blobs.ts'

test('any key that S3 takes is stored, listed and removed, beside those it begins with', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const blobs = new FolderBlobs(folder)
  const long = [
    'k'.repeat(254),
    'k'.repeat(255),
    'k'.repeat(1024),
    `${'k'.repeat(254)}.`,
    `${'k'.repeat(254)}..`,
    '💡'.repeat(256),
  ]
  const keys = ['', '.', '..', '../a', 'a', 'a/', 'a//b', 'a/../b', '/a', '%', '%2E', 'A b?#\n\0', ...long, '.'.repeat(1024)]
  for (const key of keys) blobs.write(key, new TextEncoder().encode(key))
  for (const key of keys) assert.equal(new TextDecoder().decode(blobs.read(key)), key)
  assert.equal(blobs.read('kk'), undefined)
  // What somebody else puts there is no blob.
  writeFileSync(join(folder, '100%.txt'), '')
  assert.deepEqual(new FolderBlobs(folder).list('').sort(), keys.toSorted())
  assert.deepEqual(blobs.list('k'.repeat(255)), long.slice(1, 3).toSorted())
  blobs.remove('a/')
  assert.deepEqual(blobs.list('a'), ['a'])
})

test('what a process that has gone left half-written goes, and nothing else', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // No system gives such an id; the parent of a test runs.
  const files = ['.switchyard-99999999-0-1', `.switchyard-${process.ppid}-0-1`, '.tmp-99999999', 'mine.switchyard-99999999-0-1']
  for (const name of files) writeFileSync(join(folder, name), '')
  clearTemporaries(folder)
  assert.deepEqual(readdirSync(folder).sort(), files.slice(1).sort())
})
