import { useSession } from '../app/session'
import { usePanel, useShift } from '../desk/context'
import { DeviceCheck } from './check/DeviceCheck'
import { Elsewhere } from './check/Elsewhere'
import { LiveBoard } from './live/LiveBoard'
import { Workspace } from './workspace/Workspace'

/** The first page: an agent's workspace, or the live figures for others. */
export function Home() {
  const { agent } = useSession()
  const { shift } = useShift()
  const panel = usePanel()
  if (!agent) return <LiveBoard />
  if (shift === 'elsewhere' && panel.state === 'idle') return <Elsewhere />
  if ((shift === 'off' || shift === 'starting') && panel.state === 'idle') return <DeviceCheck />
  return <Workspace panel={panel} />
}
