"""Pause reasons and dispositions. Codes are kept in rows and never get another meaning."""

from __future__ import annotations

from crm_api.callcenter.schemas import Choice, Label


def _choices(*rows: tuple[str, str, str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code=code, label=Label(fr=fr, ar=ar, en=en)) for code, fr, ar, en in rows)


PAUSE_REASONS = _choices(
    ("break", "Pause", "استراحة", "Break"),
    ("lunch", "Déjeuner", "غداء", "Lunch"),
    ("prayer", "Prière", "صلاة", "Prayer"),
    ("meeting", "Réunion", "اجتماع", "Meeting"),
    ("training", "Formation", "تكوين", "Training"),
    ("back_office", "Traitement de dossiers", "معالجة الملفات", "Back office"),
    ("technical", "Problème technique", "مشكل تقني", "Technical problem"),
)

DISPOSITIONS = _choices(
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

PAUSE_CODES = frozenset(choice.code for choice in PAUSE_REASONS)
DISPOSITION_CODES = frozenset(choice.code for choice in DISPOSITIONS)
