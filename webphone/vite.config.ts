import { defineConfig } from 'vitest/config'
import react from '@vitejs/plugin-react'

// NIDAA_API is where crm_api (or dev/mock.py) listens while `vite` serves the pages.
const api = process.env['NIDAA_API'] ?? 'https://127.0.0.1:8443'

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', sourcemap: true, chunkSizeWarningLimit: 900 },
  server: { proxy: { '/api': { target: api, ws: true, secure: false } } },
  test: { environment: 'happy-dom' },
})
