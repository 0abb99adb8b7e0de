import '@fontsource-variable/inter'
import '@fontsource-variable/noto-sans-arabic'
import './styles/index.css'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { ApiError } from './api/client'
import { AppearanceProvider } from './i18n/locale'

const MAX_RETRIES = 3

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < MAX_RETRIES && isOutage(error),
    },
  },
})

/** Only an outage is worth asking again; a refusal stays a refusal. */
function isOutage(error: Error): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status >= 502
}

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <AppearanceProvider>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </AppearanceProvider>
  </StrictMode>,
)
