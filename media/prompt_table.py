"""Which prompts there are, what they say, and which recordings say it already."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = ("fr", "ar", "en")
BEEP = "beep"

# Calm tracks of asterisk-moh-opsound-g722.
MUSIC = ("manolo_camp-morning_coffee", "macroform-cold_day", "macroform-the_simplicity")


@dataclass(frozen=True, slots=True)
class Prompt:
    """`recordings` of the Debian packages, one after the other, or else the text is spoken."""

    name: str
    text: dict[str, str]
    recordings: tuple[str, ...] = ()


def _digit(digit: str, fr: str, ar: str, en: str) -> Prompt:
    return Prompt(f"digit-{digit}", {"fr": fr, "ar": ar, "en": en}, (f"digits/{digit}",))


PROMPTS = (
    Prompt(
        "welcome",
        {
            "fr": "Bonjour et bienvenue. Merci de votre appel. Un conseiller va vous répondre.",
            "ar": "مرحبا بكم. شكرا على اتصالكم. سيجيبكم أحد مستشارينا.",
            "en": "Hello and welcome. Thank you for calling. An agent will answer you.",
        },
    ),
    Prompt(
        "please-hold",
        {
            "fr": "Un instant, s'il vous plaît.",
            "ar": "لحظة من فضلكم.",
            "en": "One moment, please.",
        },
        ("one-moment-please",),
    ),
    Prompt(
        "all-busy",
        {
            "fr": "Tous nos conseillers sont occupés. Merci de patienter.",
            "ar": "جميع مستشارينا مشغولون حاليا. يرجى الانتظار.",
            "en": "All our agents are busy. Please hold the line.",
        },
        ("queue-periodic-announce",),
    ),
    Prompt(
        "thank-you",
        {
            "fr": "Merci de votre patience.",
            "ar": "شكرا على صبركم.",
            "en": "Thank you for your patience.",
        },
        ("queue-thankyou",),
    ),
    Prompt(
        "nobody-available",
        {
            "fr": "Personne n'est disponible pour le moment. Merci de rappeler plus tard.",
            "ar": "لا يوجد أحد متاح حاليا. يرجى الاتصال لاحقا.",
            "en": "Nobody is available at the moment. Please call again later.",
        },
        ("vm-nobodyavail", "please-try-call-later"),
    ),
    Prompt(
        "closed",
        {
            "fr": "Nos bureaux sont fermés. Merci de rappeler pendant les heures d'ouverture.",
            "ar": "مكاتبنا مغلقة الآن. يرجى الاتصال خلال أوقات العمل.",
            "en": "Our offices are closed. Please call again during opening hours.",
        },
    ),
    Prompt(
        "invalid",
        {
            "fr": "Ce choix n'est pas valable. Merci de réessayer.",
            "ar": "هذا الاختيار غير صحيح. يرجى المحاولة مرة أخرى.",
            "en": "That is not a valid choice. Please try again.",
        },
    ),
    Prompt(
        "goodbye",
        {"fr": "Au revoir.", "ar": "مع السلامة.", "en": "Goodbye."},
        ("vm-goodbye",),
    ),
    _digit("0", "zéro", "صفر", "zero"),
    _digit("1", "un", "واحد", "one"),
    _digit("2", "deux", "اثنان", "two"),
    _digit("3", "trois", "ثلاثة", "three"),
    _digit("4", "quatre", "أربعة", "four"),
    _digit("5", "cinq", "خمسة", "five"),
    _digit("6", "six", "ستة", "six"),
    _digit("7", "sept", "سبعة", "seven"),
    _digit("8", "huit", "ثمانية", "eight"),
    _digit("9", "neuf", "تسعة", "nine"),
    _digit("star", "étoile", "نجمة", "star"),
    _digit("pound", "dièse", "مربع", "hash"),
)
