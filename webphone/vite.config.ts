import { defineConfig } from 'vitest/config'
import react from '@vitejs/plugin-react'

// NIDAA_API is where crm_api (or dev/mock.py) listens while `vite` serves the pages.
const api = process.env['NIDAA_API'] ?? 'https://127.0.0.1:8443'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    sourcemap: true,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // Libraries change less often than our pages: a browser keeps what it has of them.
        codeSplitting: {
          groups: [
            { name: 'sip', test: /node_modules\/(jssip|debug|events|sdp-transform)/ },
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            {
              name: 'aria',
              test: /node_modules\/(react-aria|react-stately|@react-|@internationalized)/,
            },
            { name: 'libraries', test: /node_modules/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: api, ws: true, secure: false } } },
  test: { environment: 'happy-dom' },
})
