// The record that Lambda sends to an on-failure destination: what was asked, and how it failed.

import type { FunctionError, Invocation } from './functions.ts'

/** Why the event is given up. AWS documents the first two; what it says of a loop it does not, so that one is ours. */
export type Condition = 'RetriesExhausted' | 'EventAgeExceeded' | 'RecursiveInvocation'

/** The last answer there was. */
export interface Last {
  /** 200 is the function's own error, anything else the service's. */
  statusCode: number
  functionError: string
  error: FunctionError
}

export interface Failed {
  call: Invocation
  /** With its qualifier. */
  arn: string
  condition: Condition
  invocations: number
  last?: Last | undefined
  executedVersion: string
}

/** The record, as JSON. */
export function destinationRecord({ call, arn, condition, invocations, last, executedVersion }: Failed): Uint8Array {
  const { requestId } = call
  const requestContext = { requestId, functionArn: arn, condition, approximateInvokeCount: invocations }
  const timestamp = new Date().toISOString()
  // The payload as it came: parsed and written again, its large numbers would be others.
  const payload = new TextDecoder().decode(call.payload)
  const parts = [
    `"version":"1.0","timestamp":${JSON.stringify(timestamp)}`,
    `"requestContext":${JSON.stringify(requestContext)}`,
    `"requestPayload":${payload}`,
  ]
  if (last) {
    const { statusCode, functionError, error } = last
    parts.push(`"responseContext":${JSON.stringify({ statusCode, executedVersion, functionError })}`)
    parts.push(`"responsePayload":${JSON.stringify(error)}`)
  }
  return new TextEncoder().encode(`{${parts.join(',')}}`)
}
