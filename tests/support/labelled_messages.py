"""Labelled messages made of authored patterns: enough to make a text model of."""

import json

_PLACES = ("garden", "station", "library", "market", "school", "harbour", "museum", "bakery")
_HAM = (
    "the {place} opens at {number} today",
    "my neighbour has waited {number} minutes before the {place}",
    "who comes along to the {place}? we are {number} so far",
)
_SPAM = (
    "remote job, {number} dollars a day, write me in private",
    "we need partners for online work, your income is {number} dollars",
    "earn {number} dollars with your phone, private message for the job",
)
SOURCES = range(3)


def labelled_rows(source: int) -> list[dict[str, str]]:
    """Enough good messages that a threshold is held against them; no two sources say the same."""
    ham = [_HAM[source].format(place=_PLACES[number % 8], number=number) for number in range(1010)]
    spam = [_SPAM[source].format(number=1000 + number) for number in range(60)]
    labelled = [(text, "ham") for text in ham] + [(text, "spam") for text in spam]
    return [{"text": text, "label": label} for text, label in labelled]


def labelled_lines(source: int) -> str:
    """The same as JSON Lines."""
    return "\n".join(json.dumps(row) for row in labelled_rows(source))
