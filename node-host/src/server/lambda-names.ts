// How clients name functions: by name, partial ARN or ARN, with an alias in it or beside it.

import { LATEST, type Names, type Target, target } from '../lambda/names.ts'
import { invalidParameter, ServiceError } from './service-error.ts'

/** Finds what a client named. Whatever account and region an ARN is of, it means the function here: a client need change nothing
 * but its endpoint.
 *
 * @throws ServiceError if it is not there.
 */
export function find(names: Names, exists: (component: string) => boolean, name: string, qualifier?: string): Target {
  const parts = NAME.exec(name)?.groups
  if (!parts?.function) throw invalidParameter(constraint('functionName', name, NAME.source.replaceAll(/\?<\w+>/g, '')))
  if (qualifier && !QUALIFIER.test(qualifier)) throw invalidParameter(constraint('qualifier', qualifier, QUALIFIER.source))
  if (qualifier && parts.qualifier !== undefined && parts.qualifier !== qualifier) {
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.')
  }
  const asked = parts.qualifier ?? (qualifier || undefined)
  const known = parts.function.startsWith(names.prefix)
  const found = target(names, known ? parts.function.slice(names.prefix.length) : '', asked)
  const arn = known ? found.arn : found.arn.replace(`:function:${names.prefix}`, `:function:${parts.function}`)
  const aliased = asked === undefined || asked === LATEST || names.aliases.includes(asked)
  if (!known || !exists(found.component) || !aliased) {
    throw new ServiceError(404, 'ResourceNotFoundException', `Function not found: ${arn}`)
  }
  return found
}

// The patterns that the API documents, with names for their parts.
const NAME =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d:)?(?:\d{12}:)?(?:function:)?(?<function>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?$/
const QUALIFIER = /^[a-zA-Z0-9$_-]{1,128}$/

function constraint(field: string, value: string, pattern: string): string {
  const expected = `Member must satisfy regular expression pattern: ${pattern}`
  return `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${expected}`
}
