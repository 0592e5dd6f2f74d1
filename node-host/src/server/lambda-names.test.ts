import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environments, type Names, qualifiedArn, targetIn } from '../lambda/names.ts'
import { find } from './lambda-names.ts'
import type { ServiceError } from './service-error.ts'

const NAMES: Names = { prefix: 'switchyard-', region: 'eu-west-2', aliases: ['DEV', 'STAGING', 'PROD'] }
const ARN = 'arn:aws:lambda:eu-west-2:000000000000:function:switchyard-plan'
const search = (name: string, qualifier?: string) => find(NAMES, (component) => component === 'plan', name, qualifier)

for (const [name, qualifier, arn, env] of [
  ['switchyard-plan', undefined, ARN, 'dev'],
  ['switchyard-plan', '', ARN, 'dev'],
  ['switchyard-plan', '$LATEST', `${ARN}:$LATEST`, 'dev'],
  ['switchyard-plan:$LATEST', undefined, `${ARN}:$LATEST`, 'dev'],
  ['switchyard-plan', 'PROD', `${ARN}:PROD`, 'prod'],
  ['switchyard-plan:PROD', undefined, `${ARN}:PROD`, 'prod'],
  ['switchyard-plan:PROD', 'PROD', `${ARN}:PROD`, 'prod'],
  ['function:switchyard-plan', undefined, ARN, 'dev'],
  ['000000000000:function:switchyard-plan', 'STAGING', `${ARN}:STAGING`, 'staging'],
  ['123456789012:switchyard-plan:STAGING', undefined, `${ARN}:STAGING`, 'staging'],
  [ARN, undefined, ARN, 'dev'],
  [`${ARN}:DEV`, undefined, `${ARN}:DEV`, 'dev'],
  // Of another account and region: the client changed nothing but its endpoint.
  ['arn:aws:lambda:us-east-1:123456789012:function:switchyard-plan:PROD', undefined, `${ARN}:PROD`, 'prod'],
] as const) {
  test(`${name} with qualifier ${qualifier} is found`, () => {
    const target = search(name, qualifier)
    assert.deepEqual([target.arn, target.env, target.component, target.functionName], [arn, env, 'plan', 'switchyard-plan'])
  })
}

for (const [name, qualifier, type, message] of [
  ['switchyard-none', undefined, 'ResourceNotFoundException', `Function not found: ${ARN.replace('plan', 'none')}`],
  ['other-plan', undefined, 'ResourceNotFoundException', `Function not found: ${ARN.replace('switchyard-plan', 'other-plan')}`],
  ['switchyard-plan', 'prod', 'ResourceNotFoundException', `Function not found: ${ARN}:prod`],
  ['switchyard-plan:7', undefined, 'ResourceNotFoundException', `Function not found: ${ARN}:7`],
  [
    'switchyard-plan:DEV',
    'PROD',
    'InvalidParameterValueException',
    'The derived qualifier from the function name does not match',
  ],
  [
    'switch yard',
    undefined,
    'InvalidParameterValueException',
    "1 validation error detected: Value 'switch yard' at 'functionName'",
  ],
  ['switchyard-plan', 'a b', 'InvalidParameterValueException', "1 validation error detected: Value 'a b' at 'qualifier'"],
] as const) {
  test(`${name} with qualifier ${qualifier} is refused`, () => {
    assert.throws(
      () => search(name, qualifier),
      (error: ServiceError) => error.type === type && error.message.startsWith(message),
    )
  })
}

test('environments are aliases in lower case, and an environment leads back to its alias', () => {
  assert.deepEqual(environments(NAMES), ['dev', 'staging', 'prod'])
  assert.equal(targetIn(NAMES, 'plan', 'prod').arn, `${ARN}:PROD`)
  assert.equal(targetIn({ ...NAMES, aliases: ['PROD'] }, 'plan', 'dev').arn, ARN)
})

test('a qualified ARN says $LATEST where nothing was said', () => {
  assert.equal(qualifiedArn(search('switchyard-plan')), `${ARN}:$LATEST`)
  assert.equal(qualifiedArn(search('switchyard-plan:PROD')), `${ARN}:PROD`)
})
