import { useEffect, type RefObject } from 'react'
import WaveSurfer from 'wavesurfer.js'
import { usePeaks } from '../../api/queries'
import type { Recording } from '../../api/types'
import { useAppearance } from '../../i18n/locale'

const HEIGHT = 34

/** Draws the server's peaks: decoding an hour of sound in the browser would stall the page. */
export function useWaveform(
  recording: Recording,
  audio: RefObject<HTMLAudioElement | null>,
  container: RefObject<HTMLDivElement | null>,
): void {
  const peaks = usePeaks(recording.id, recording.is_ready)
  const { theme } = useAppearance()
  useEffect(() => {
    if (!peaks.data || !audio.current || !container.current) return
    const style = getComputedStyle(container.current)
    const colour = (name: string) => style.getPropertyValue(name)
    const wave = WaveSurfer.create({
      container: container.current,
      media: audio.current,
      peaks: [peaks.data.left, peaks.data.right],
      duration: peaks.data.duration_for,
      height: HEIGHT,
      barWidth: 2,
      barGap: 1,
      cursorColor: colour('--ink'),
      splitChannels: [
        { waveColor: colour('--wave-caller'), progressColor: colour('--wave-caller-played') },
        { waveColor: colour('--wave-agent'), progressColor: colour('--wave-agent-played') },
      ],
    })
    return () => wave.destroy()
  }, [peaks.data, audio, container, theme])
}
