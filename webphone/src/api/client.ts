/** What the server refused, in its stable code and its words. Status 0: it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Record<string, string> = {},
    readonly body: unknown = null,
  ) {
    super(message)
  }
}

type Query = Record<string, string | number | undefined>

interface Options {
  query?: Query
  body?: unknown
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

/** One request. Raises ApiError. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await reach(path + queryText(options.query), {
    method,
    headers: headersFor(method, options.body),
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  })
  if (!response.ok) throw await refusal(response, path)
  return (response.status === 204 ? undefined : await response.json()) as T
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (error) {
    throw new ApiError(0, 'unreachable', String(error))
  }
}

function headersFor(method: string, body: unknown): Record<string, string> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  return headers
}

async function refusal(response: Response, path: string): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const said = (body ?? {}) as { code?: string; message?: string; fields?: Record<string, string> }
  if (response.status === 401 && path !== '/api/session') whenSignedOut()
  const code = said.code ?? `http_${response.status}`
  return new ApiError(response.status, code, said.message ?? '', said.fields, body)
}

function queryText(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
  return text && `?${text}`
}
