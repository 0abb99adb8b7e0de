import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from './openapi.gen'

/** What the server refused, in its stable code and its words. Status 0: it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** By field name: words about it; on a conflict `current` is the resource as it is now. */
    readonly fields: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

let csrf = ''
let whenSignedOut: () => void = () => {}

/** The token each changing request must carry; it comes with the session. */
export function setCsrf(token: string): void {
  csrf = token
}

/** Called when the server says that the session is over. */
export function onSignedOut(callback: () => void): void {
  whenSignedOut = callback
}

const SAFE = new Set(['GET', 'HEAD'])
const SESSION = '/api/session'

const session: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method)) request.headers.set('X-CSRF-Token', csrf)
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== SESSION) whenSignedOut()
  },
  onError({ error }) {
    return new ApiError(0, 'unreachable', String(error))
  },
}

export const api = createClient<paths>({ baseUrl: location.origin })
api.use(session)

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The answer's body. Raises ApiError. */
export async function body<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer
  if (response.ok) return data as T
  throw refusal(error, response.status)
}

function refusal(error: unknown, status: number): ApiError {
  const said = (typeof error === 'object' && error ? error : {}) as Partial<Refusal>
  return new ApiError(status, said.code ?? `http_${status}`, said.message ?? '', said.fields ?? {})
}

interface Refusal {
  code: string
  message: string
  fields: Record<string, unknown> | null
}

/** What the server said about one field of a form; "" when nothing. */
export function fieldError(error: unknown, field: string): string {
  const words = error instanceof ApiError ? error.fields[field] : undefined
  return typeof words === 'string' ? words : ''
}
