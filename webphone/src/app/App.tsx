import { RouterProvider } from '@tanstack/react-router'
import { DeskProvider } from '../desk/context'
import { router } from './router'
import { SessionGate } from './session'

export function App() {
  return (
    <SessionGate>
      <DeskProvider>
        <RouterProvider router={router} />
      </DeskProvider>
    </SessionGate>
  )
}
