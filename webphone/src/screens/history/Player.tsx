import { Pause, Play, RotateCcw, RotateCw } from 'lucide-react'
import { useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { audioUrl } from '../../api/calls'
import type { Recording } from '../../api/types'
import { Button } from '../../components/controls'
import { Span } from '../../components/text'
import { useWaveform } from './useWaveform'

const JUMP = 5
const SPEEDS = [1, 1.25, 1.5, 2]

/** A stereo recording: the caller above, the agent below. */
export function Player({ recording }: { recording: Recording }) {
  const t = useTranslations('history')
  const audio = useRef<HTMLAudioElement>(null)
  const wave = useRef<HTMLDivElement>(null)
  const [isPlaying, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [speed, setSpeed] = useState(1)
  const [hasFailed, setFailed] = useState(false)
  useWaveform(recording, audio, wave)

  const toggle = () => {
    const media = audio.current
    if (!media) return
    setFailed(false)
    if (!media.paused) return media.pause()
    media.play().catch((error: DOMException) => {
      if (error.name !== 'AbortError') setFailed(true)
    })
  }
  const jump = (by: number) => {
    if (audio.current) audio.current.currentTime = Math.max(0, audio.current.currentTime + by)
  }
  const faster = () => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1
    setSpeed(next)
    if (audio.current) audio.current.playbackRate = next
  }

  return (
    <div className="player">
      <audio
        ref={audio}
        src={audioUrl(recording.id)}
        preload="none"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onError={() => setFailed(true)}
      />
      <div className="player-controls">
        <Button
          tone="primary"
          icon={isPlaying ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
          aria-label={isPlaying ? t('pause') : t('play')}
          onPress={toggle}
          data-testid="play"
        />
        <Button
          tone="quiet"
          icon={<RotateCcw size={15} aria-hidden />}
          aria-label={t('back')}
          onPress={() => jump(-JUMP)}
        />
        <Button
          tone="quiet"
          icon={<RotateCw size={15} aria-hidden />}
          aria-label={t('forward')}
          onPress={() => jump(JUMP)}
        />
        <Button tone="quiet" aria-label={`${t('speed')} ${speed}×`} onPress={faster}>
          <bdi dir="ltr">{speed}×</bdi>
        </Button>
      </div>
      <div className="player-wave">
        <div className="wave-labels" aria-hidden>
          <span className="side-caller">{t('caller')}</span>
          <span className="side-agent">{t('agentSide')}</span>
        </div>
        <div className="wave" dir="ltr" ref={wave} aria-hidden />
      </div>
      <span className="player-time muted">
        <Span seconds={at} /> / <Span seconds={recording.duration_for} />
      </span>
      {hasFailed && (
        <p className="problem" role="alert">
          {t('recordingFailed')}
        </p>
      )}
    </div>
  )
}
