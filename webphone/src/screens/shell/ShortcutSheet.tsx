import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { Button } from '../../components/controls'
import { KEYS } from '../../desk/shortcuts'

const SHOWN = [
  'answer',
  'decline',
  'hold',
  'mute',
  'keypad',
  'hangUp',
  'note',
  'wrapUp',
  'disposition',
  'finish',
  'ready',
  'sheet',
] as const

export function ShortcutSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const t = useTranslations()
  return (
    <ModalOverlay
      className="overlay"
      isOpen={isOpen}
      onOpenChange={(is) => !is && onClose()}
      isDismissable
    >
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{t('shortcut.title')}</Heading>
          <dl className="keys">
            {SHOWN.map((one) => (
              <div key={one}>
                <dt>{t(`shortcut.${one}`)}</dt>
                <dd>
                  <kbd dir="ltr">{(KEYS[one] ?? '').replace('Control', 'Ctrl')}</kbd>
                </dd>
              </div>
            ))}
          </dl>
          <Button onPress={onClose}>{t('app.close')}</Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
