import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enter, newTrace } from './trace.ts'

test('a new header has the time in its root, as X-Ray wants it', () => {
  assert.match(newTrace(1_700_000_000_000), /^Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/)
})

test('each invocation enters the lineage, and the rest of the header stays', () => {
  const root = 'Root=1-5759e988-bd862e3fe1be46a994272793'
  const first = enter(`${root};Sampled=1`, 'switchyard-plan')
  assert.deepEqual(first, { header: `${root};Sampled=1;Lineage=switchyard-plan:1`, count: 1 })
  const second = enter(first.header, 'switchyard-sample')
  assert.deepEqual(enter(second.header, 'switchyard-plan'), {
    header: `${root};Sampled=1;Lineage=switchyard-sample:1|switchyard-plan:2`,
    count: 2,
  })
})

test('a header that is absent is made, and a foreign lineage is no hindrance', () => {
  assert.match(enter(undefined, 'f').header, /^Root=1-.*;Lineage=f:1$/)
  assert.equal(enter('Root=1-2-3;Lineage=1:fe460cdd:0', 'f').header, 'Root=1-2-3;Lineage=1:fe460cdd:0|f:1')
  assert.equal(enter('Lineage=f:nonsense', 'f').count, 1)
})
