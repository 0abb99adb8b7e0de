"""Made-up people and calls for mock.py."""

from __future__ import annotations

import datetime as dt
import io
import math
import struct
import wave
from typing import Any

NAMES = (
    ("Yacine Mansouri", "Sarl Atlas Distribution", "Sétif", True),
    ("أمينة بوزيد", "مؤسسة النور", "وهران", False),
    ("Lamia Cherif", "", "Alger", False),
    ("Mourad Ait Ahmed", "Boulangerie du Port", "Béjaïa", False),
    ("Nour El Houda Saadi", "", "Constantine", True),
)


def _coded(rows: tuple[tuple[str, str, str, str], ...]) -> list[dict[str, Any]]:
    return [{"code": code, "label": {"fr": fr, "ar": ar, "en": en}} for code, fr, ar, en in rows]


PAUSES = _coded(
    (
        ("break", "Pause", "استراحة", "Break"),
        ("lunch", "Déjeuner", "غداء", "Lunch"),
        ("prayer", "Prière", "صلاة", "Prayer"),
    )
)
DISPOSITIONS = _coded(
    (
        ("INFO", "Information", "استعلام", "Information"),
        ("SUGG", "Suggestion", "اقتراح", "Suggestion"),
        ("RECL", "Réclamation", "شكوى", "Complaint"),
        ("URG", "Urgent", "مستعجل", "Urgent"),
        ("CMD", "Commande", "طلبية", "Order"),
        ("SUIVI", "Suivi de livraison", "متابعة التوصيل", "Delivery tracking"),
        ("SAV", "Service après-vente", "خدمة ما بعد البيع", "After-sales service"),
        ("RDV", "Rendez-vous", "موعد", "Appointment"),
        ("ERREUR", "Faux numéro", "رقم خاطئ", "Wrong number"),
        ("RAPPEL", "À rappeler", "معاودة الاتصال", "Call back"),
        ("HORS", "Hors périmètre", "خارج الاختصاص", "Out of scope"),
    )
)


def contacts() -> list[dict[str, Any]]:
    return [
        {
            "id": f"k{at}",
            "version": 1,
            "name": name,
            "company": company,
            "email": f"client{at}@example.dz",
            "language": "ar" if at == 1 else "fr",
            "is_vip": is_vip,
            "wilaya": wilaya,
            "notes": "Livraison à l'entrepôt, portail bleu. Préfère être appelé le matin.",
            "numbers": [
                _number(f"+21355012345{6 + at % 4}", "mobile"),
                _number(f"+21336831{at:03}", "home"),
            ],
            "created_at": "2026-02-01T09:00:00Z",
            "updated_at": "2026-10-01T09:00:00Z",
            "is_sample": True,
        }
        for at, (name, company, wilaya, is_vip) in enumerate(NAMES)
    ]


def _number(e164: str, label: str) -> dict[str, str]:
    return {"raw": e164, "e164": e164, "national": "0" + e164[4:], "label": label}


def conversations(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    outcomes = ("answered", "answered", "abandoned", "answered", "no_answer", "answered")
    return [
        _conversation(at, outcome, people[at % len(people)], now - dt.timedelta(hours=7 * at + 1))
        for at, outcome in enumerate(outcomes)
    ]


def _conversation(
    at: int, outcome: str, person: dict[str, Any], began: dt.datetime
) -> dict[str, Any]:
    is_answered = outcome == "answered"
    lengths = [("ivr", 6), ("queue", 22 + at)]
    if is_answered:
        lengths += [("ring", 5), ("talk", 90 + 31 * at), ("hold", 24), ("talk", 41)]
    segments, moment = [], began
    for kind, seconds in lengths:
        end = moment + dt.timedelta(seconds=seconds)
        segments.append(
            {
                "leg": "l1",
                "role": "caller",
                "kind": kind,
                "queue": "support",
                "agent": "",
                "started_at": moment.isoformat(),
                "ended_at": end.isoformat(),
                "seconds": seconds,
            }
        )
        moment = end
    sums = {kind: sum(s for k, s in lengths if k == kind) for kind, _ in lengths}
    return {
        "id": f"c{at}",
        "direction": "inbound",
        "from_number": person["numbers"][0]["e164"],
        "to_number": "+21321000001",
        "queue": "support",
        "queue_title": {"fr": "Support", "ar": "الدعم", "en": "Support"},
        "started_at": began.isoformat(),
        "ended_at": moment.isoformat(),
        "outcome": outcome,
        "waited_for": sums["queue"],
        "talk_for": sums.get("talk", 0),
        "hold_for": sums.get("hold", 0),
        "wrap_up_for": 18 if is_answered else 0,
        "contact": {"id": person["id"], "name": person["name"]},
        "agents": [{"id": "a1", "name": "Samira Haddad"}] if is_answered else [],
        "segments": segments,
        "ring_attempts": [
            {
                "id": f"r{at}",
                "agent": "a2",
                "agent_name": "Karim Benali",
                "queue": "support",
                "started_at": began.isoformat(),
                "ended_at": (began + dt.timedelta(seconds=20)).isoformat(),
                "result": "missed",
            }
        ],
        "recordings": [{"id": f"rec{at}", "duration_for": 60.0, "is_ready": True}]
        if is_answered
        else [],
        "note": "",
        "disposition": {
            "code": ("SUIVI", "INFO", "", "RECL", "", "CMD")[at],
            "note": "Colis retardé à Sétif, rappeler jeudi matin avant 11 h.",
            "saved_at": moment.isoformat(),
            "agent": "a1",
        }
        if is_answered
        else None,
    }


def peaks() -> dict[str, Any]:
    """Two people taking turns."""
    left = [abs(math.sin(i / 3)) * (0.9 if (i // 60) % 2 else 0.05) for i in range(800)]
    right = [abs(math.sin(i / 4)) * (0.05 if (i // 60) % 2 else 0.8) for i in range(800)]
    return {"left": left, "right": right, "duration_for": 60.0}


def wav() -> bytes:
    """A minute of stereo: 400 Hz on the left, 600 Hz on the right."""
    frames = b"".join(
        struct.pack(
            "<hh",
            int(6000 * math.sin(math.tau * 400 * at / 8000)),
            int(6000 * math.sin(math.tau * 600 * at / 8000)),
        )
        for at in range(8000 * 60)
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(frames)
    return file.getvalue()
