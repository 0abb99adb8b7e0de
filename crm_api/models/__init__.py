"""The tables; every row has its tenant."""

from crm_api.models.base import Base
from crm_api.models.calls import (
    AgentStateRow,
    ContactLink,
    Conversation,
    Disposition,
    Leg,
    Note,
    Recording,
    RingAttempt,
    Segment,
)
from crm_api.models.contacts import Contact, ContactNumber
from crm_api.models.log import AlarmRow, Cursor, EventRow, Setting
from crm_api.models.people import Agent, Device, Extension, Membership, Session, User

__all__ = [
    "Agent",
    "AgentStateRow",
    "AlarmRow",
    "Base",
    "Contact",
    "ContactLink",
    "ContactNumber",
    "Conversation",
    "Cursor",
    "Device",
    "Disposition",
    "EventRow",
    "Extension",
    "Leg",
    "Membership",
    "Note",
    "Recording",
    "RingAttempt",
    "Segment",
    "Session",
    "Setting",
    "User",
]
