"""What all tables share. Instants are UTC microseconds in 64-bit integers."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: BigInteger(), str: String()}


class Tenanted:
    """A row of one customer organisation."""

    tenant: Mapped[str] = mapped_column()
