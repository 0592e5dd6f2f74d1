// The environment of an invocation: the alias that was invoked.

import { HostFailure } from '../errors.ts'

/** What the alias in the invoked function's ARN says; without one it is dev. */
export function environmentOf(arn: string): { env: string; qualifier: string | undefined } {
  const qualifier = arn.split(':')[7]
  if (qualifier === undefined || qualifier === '$LATEST') return { env: 'dev', qualifier: undefined }
  if (/^\d+$/.test(qualifier)) {
    throw new HostFailure(
      `invoked as version ${qualifier}: expected an alias, which is the environment, or none, which is dev`,
      false,
    )
  }
  return { env: qualifier.toLowerCase(), qualifier }
}
