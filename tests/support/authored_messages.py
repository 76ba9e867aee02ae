"""Messages written for development and screenshots: several languages, long names, right-to-left texts, traps."""

from dataclasses import dataclass, field
from typing import Any, Literal

SIGNALS: list[dict[str, Any]] = [
    {
        "name": name,
        "kind": kind,
        "group": group,
        "weight": weight,
        "title": title,
        "sentence": sentence,
    }
    for name, kind, group, weight, title, sentence in [
        (
            "text_model",
            "evidence",
            None,
            3000,
            "Reads like spam",
            "The text model finds words here that are typical of confirmed spam.",
        ),
        (
            "invite_link",
            "evidence",
            "links",
            1500,
            "Invite link",
            "The message invites into another group or channel.",
        ),
        (
            "hidden_destination",
            "evidence",
            "links",
            2500,
            "Hidden destination",
            "The link shows one address and leads to another.",
        ),
        (
            "bot_deep_link",
            "evidence",
            "links",
            1200,
            "Bot with a start code",
            "The link starts a bot with a code, as referral spam does.",
        ),
        (
            "private_contact",
            "evidence",
            None,
            1000,
            "Call to private chat",
            "The message asks people to write in private.",
        ),
        (
            "money_lure",
            "evidence",
            None,
            1200,
            "Money lure",
            "The message promises quick or effortless money.",
        ),
        (
            "look_alike_letters",
            "evidence",
            "obfuscation",
            1000,
            "Look-alike letters",
            "Letters of another alphabet are mixed into words to get past filters.",
        ),
        (
            "advert_in_name",
            "context",
            "profile",
            1200,
            "Advert in the name",
            "The sender's name itself advertises something.",
        ),
        (
            "new_here",
            "context",
            "newness",
            2000,
            "New here",
            "The sender has written very little in this group so far.",
        ),
        (
            "regular",
            "trust",
            "trust",
            -1500,
            "A regular",
            "The sender has written many good messages here.",
        ),
    ]
]


@dataclass(frozen=True)
class Found:
    """A signal with its milli-logits and the words that set it off, as they stand in the text."""

    signal: str
    milli_logits: int
    words: tuple[str, ...] = ()
    detail: str | None = None


@dataclass(frozen=True)
class Authored:
    """A message and what came of it."""

    sender: str
    text: str
    found: tuple[Found, ...]
    message: Literal["keep", "review", "delete"] = "delete"
    sender_verdict: Literal["none", "challenge", "mute", "kick", "ban"] = "none"
    group: int = 0
    state: str | None = None
    bounds: tuple[str, ...] = ()
    guard: str | None = None
    sender_kind: Literal["user", "channel"] = "user"
    extra: dict[str, str] = field(default_factory=dict)
    error: str | None = None


GROUPS = (
    "Balcony gardeners",
    "Велосипедисты Нижнего Новгорода — маршруты, ремонт, барахолка",
    "Rust Beginners",
)

MESSAGES: tuple[Authored, ...] = (
    Authored(
        "Crypto Carla 🚀",
        "Good morning everyone! I made 4 800 $ last week with one simple trick. Join t.me/+Qx7plants today, places are few",
        (
            Found("new_here", 2000),
            Found("text_model", 1420, ("made 4 800 $ last week", "one simple trick")),
            Found("invite_link", 1500, ("t.me/+Qx7plants",), "t.me/+Qx7plants"),
            Found("money_lure", 1200, ("4 800 $ last week",)),
        ),
        sender_verdict="mute",
    ),
    Authored(
        "Марина | Работа на дому | пиши в личку прямо сейчас",
        "Нужны двое на удалёнку, 18+, от 90 $ в день, без опыта. Пишите «+» в личные сообщения",
        (
            Found("new_here", 1400),
            Found("text_model", 1610, ("Нужны двое на удалёнку", "без опыта")),
            Found("money_lure", 1200, ("от 90 $ в день",)),
            Found("private_contact", 1000, ("Пишите «+» в личные сообщения",)),
            Found("advert_in_name", 1200),
        ),
        sender_verdict="ban",
        group=1,
    ),
    Authored(
        "داوود فرهادی",
        "سلام دوستان، فقط امروز ربات سکه رایگان می‌دهد، از اینجا شروع کنید: t.me/coinfall_bot?start=r77",
        (
            Found("new_here", 2000),
            Found("bot_deep_link", 1200, ("t.me/coinfall_bot?start=r77",)),
            Found("money_lure", 900, ("سکه رایگان",)),
        ),
        sender_verdict="none",
    ),
    Authored(
        "Ольга Т.",
        "Продаю детский велосипед, почти новый, 4 000 ₽. Кому интересно — пишите в личку",
        (
            Found("private_contact", 1000, ("пишите в личку",)),
            Found("text_model", 640, ("Продаю",)),
            Found("regular", -1500),
        ),
        message="keep",
        state="kept",
        group=1,
    ),
    Authored(
        "nik_ferris",
        "Is this crate still maintained? The docs at docs.example.org/serde-lite look stale",
        (Found("new_here", 2000), Found("text_model", -300)),
        message="review",
        state="review",
        group=2,
        bounds=("message_bar",),
    ),
    Authored(
        "Airdrор Суpport",
        "Claim уоur tоkens before midnight 👉 https://wallet.example/claim\nConnect the wаllet and confirm, it takes one minute",
        (
            Found("new_here", 1700),
            Found("hidden_destination", 2500, ("https://wallet.example/claim",), "drain.example"),
            Found("look_alike_letters", 1000, ("уоur tоkens", "wаllet")),
            Found("text_model", 1180, ("Claim уоur tоkens", "Connect the wаllet")),
        ),
        sender_verdict="ban",
        bounds=("cap:links",),
        group=2,
    ),
    Authored(
        "小陈",
        "日结兼职，在家可做，一天三百起，想做的加我私聊",
        (
            Found("new_here", 1500),
            Found("text_model", 1900, ("日结兼职", "一天三百起")),
            Found("private_contact", 1000, ("加我私聊",)),
        ),
        state="failed",
        error="missing_right",
        sender_verdict="mute",
    ),
    Authored(
        "Plant news",
        "Our spring catalogue is out: t.me/+springcatalogue",
        (
            Found("invite_link", 1500, ("t.me/+springcatalogue",)),
            Found("new_here", 1600),
        ),
        sender_kind="channel",
        state="observed",
    ),
    Authored(
        "Ines",
        "Please do not fall for messages that promise “easy money”, I got one again this morning",
        (Found("money_lure", 700, ("easy money",)), Found("regular", -1500)),
        message="keep",
        state="guarded",
        guard="protected",
    ),
    Authored(
        "יעל ברק",
        "עבודה קלה מהבית, 500 ש״ח ליום! כתבו לי בפרטי עכשיו",
        (
            Found("new_here", 1800),
            Found("money_lure", 1200, ("500 ש״ח ליום",)),
            Found("private_contact", 1000, ("כתבו לי בפרטי",)),
        ),
        state="undone",
    ),
)
