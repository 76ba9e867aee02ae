"""Who comes to spam: names, texts in disguise and addresses, different each time. All addresses are
made up."""

import string
from random import Random

FIRST_NAMES = (
    "Alina", "Kristina", "Bella", "Monica", "Diana", "Viktor", "Maks", "Leonard", "Stefan",
    "Igor", "Jessica", "Olivia", "Nadia", "Ricardo", "Andre", "Murat", "Ayu", "Dewi", "Farhad",
    "Hans", "Elena", "Polina", "Roman", "Artur", "Camila", "Valeria", "Kevin", "Brandon",
)  # fmt: skip
LAST_NAMES = (
    "Petrenko", "Miller", "Lange", "Rossi", "Silva", "Novak", "Fischer", "Laurent", "Moreau",
    "Aydin", "Pratama", "Karimi", "Lopez", "Garcia", "Bauer", "Marin", "Popov", "Stone", "",
)  # fmt: skip
COINS = ("MOONPACA", "GIGAFROG", "TURBOYAK", "ZEBRIUM", "PLUMO", "NOODLR", "QUOKKA", "BISCO")
"""Coins that do not exist."""

_ALIKE = str.maketrans(
    {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х", "y": "у", "i": "і", "E": "Е"}
)
_SMALL_CAPS = str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")


def name(random: Random) -> tuple[str, str | None]:
    """First and last name."""
    return random.choice(FIRST_NAMES), random.choice(LAST_NAMES) or None


def username(random: Random, stem: str) -> str:
    """A public name nobody has."""
    return f"{stem}_{random.randint(10, 9999)}_example"


def invite(random: Random) -> str:
    """An invite link to nowhere."""
    letters = string.ascii_letters + string.digits
    return "t.me/+" + "".join(random.choice(letters) for _ in range(16))


def host(random: Random, stem: str) -> str:
    """A host under .example, which is nobody's (RFC 2606)."""
    return f"{stem}{random.randint(2, 99)}.example"


def disguised(random: Random, text: str) -> str:
    """The text in look-alike letters, small capitals, math letters, or torn by invisible or visible
    marks."""
    ways = (_alike, _small, _bold, _torn, _dotted)
    return random.choice(ways)(text)


def _alike(text: str) -> str:
    return text.translate(_ALIKE)


def _small(text: str) -> str:
    return text.lower().translate(_SMALL_CAPS)


def _bold(text: str) -> str:
    return "".join(_math(character) for character in text)


def _math(character: str) -> str:
    if "a" <= character <= "z":
        return chr(0x1D5EE + ord(character) - ord("a"))
    if "A" <= character <= "Z":
        return chr(0x1D5D4 + ord(character) - ord("A"))
    return character


def _torn(text: str) -> str:
    return " ".join("\u200b".join(word) for word in text.split(" "))


def _dotted(text: str) -> str:
    return " ".join(".".join(word) if word.isalpha() else word for word in text.split(" "))
