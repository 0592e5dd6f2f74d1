// Errors of the Lambda service itself, as its clients know them: the type in a header, the message in the body.

export class ServiceError extends Error {
  readonly status: number
  readonly type: string
  readonly #reason: string | undefined
  readonly #headers: Record<string, string>

  constructor(status: number, type: string, message: string, more: { reason?: string; headers?: Record<string, string> } = {}) {
    super(message)
    this.status = status
    this.type = type
    this.#reason = more.reason
    this.#headers = more.headers ?? {}
  }

  response(): Response {
    const reason = this.#reason === undefined ? {} : { Reason: this.#reason }
    // The service writes `Message` with some types and `message` with others, and its clients read either.
    const body = { Type: this.status < 500 ? 'User' : 'Server', ...reason, Message: this.message, message: this.message }
    return Response.json(body, { status: this.status, headers: { 'x-amzn-ErrorType': this.type, ...this.#headers } })
  }
}

export function invalidParameter(message: string): ServiceError {
  return new ServiceError(400, 'InvalidParameterValueException', message)
}

export function invalidContent(message: string): ServiceError {
  return new ServiceError(400, 'InvalidRequestContentException', message)
}
