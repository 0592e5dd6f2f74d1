// What AWS refused, as components are told: in words, and whether trying again may help.

import { HostFailure } from '../errors.ts'

/** An error of the AWS SDK, after its own retries. */
export function awsFailure(service: string, error: unknown): HostFailure {
  if (error instanceof HostFailure) return error
  if (!(error instanceof Error)) return new HostFailure(`${service}: ${String(error)}`, true)
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  if (status === undefined) return new HostFailure(`${service}: ${unanswered(error)}`, true)
  const retry = status < 400 || status >= 500 || status === 408 || status === 429 || PASSING.test(error.name)
  return new HostFailure(`${service}: ${error.name}: ${error.message} (HTTP ${status})`, retry)
}

// What AWS answers with a 400 or 403 although waiting, or new credentials, may help.
const PASSING =
  /throttl|slowdown|toomanyrequests|limitexceeded|requesttimeout|requestexpired|expiredtoken|timetooskewed|kmsthrottling/i

// Of a connection that failed in several ways (one for each address of a name) the message is empty.
function unanswered(error: Error): string {
  const tried = error instanceof AggregateError ? error.errors.map((one: Error) => one.message).join('; ') : ''
  return `${error.name}: ${error.message || tried || 'no answer'}`
}
