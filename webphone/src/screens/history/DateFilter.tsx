import { parseDate, type CalendarDate } from '@internationalized/date'
import { CalendarDays, ChevronLeft, ChevronRight } from 'lucide-react'
import {
  Button,
  Calendar,
  CalendarCell,
  CalendarGrid,
  DateInput,
  DatePicker,
  DateSegment,
  Dialog,
  Group,
  Heading,
  Label,
  Popover,
} from 'react-aria-components'

interface DateFilterProps {
  label: string
  /** ISO 8601 date, or undefined for any. */
  value: string | undefined
  onChange: (day: string) => void
}

/** A day, written and picked as the app's language does. */
export function DateFilter({ label, value, onChange }: DateFilterProps) {
  return (
    <DatePicker
      className="filter"
      granularity="day"
      shouldForceLeadingZeros
      value={dayOf(value)}
      onChange={(day) => onChange(day?.toString() ?? '')}
    >
      <Label>{label}</Label>
      <Group className="date-group">
        <DateInput className="date-input">
          {(segment) => <DateSegment segment={segment} className="date-segment" />}
        </DateInput>
        <Button className="date-button">
          <CalendarDays size={15} aria-hidden />
        </Button>
      </Group>
      <Popover className="popover">
        <Dialog className="calendar-dialog">
          <Month />
        </Dialog>
      </Popover>
    </DatePicker>
  )
}

function Month() {
  return (
    <Calendar className="calendar">
      <header className="calendar-head">
        <Button slot="previous" className="date-button">
          <ChevronLeft size={16} aria-hidden className="mirror" />
        </Button>
        <Heading />
        <Button slot="next" className="date-button">
          <ChevronRight size={16} aria-hidden className="mirror" />
        </Button>
      </header>
      <CalendarGrid>
        {(date) => <CalendarCell date={date} className="calendar-day num" />}
      </CalendarGrid>
    </Calendar>
  )
}

/** Null for a date of the address that is none. */
function dayOf(text: string | undefined): CalendarDate | null {
  try {
    return text ? parseDate(text) : null
  } catch {
    return null
  }
}
