"""How far spam is known again by its meaning, and harmless messages are not: the table of docs/detection.md, "Known campaigns".

`PYTHONPATH=src python bench/detection/campaigns.py ENCODER FOLDER…` with NumPy in the environment, after `make build`; ENCODER is the file that a deployment made of the package's weights
(`encoder-*` in its data directory). Of each community so many spam and as many harmless messages are judged, one of each cluster of near-duplicates; all other clusters are looked up. Prints figures only, never a message.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy
from rows import Row, read

from chatwarden import _engine

_COMMUNITIES: Mapping[str, Sequence[str]] = {
    "Telegram groups": ("tgspam", "_tg_"),
    "comments, Indonesian": ("id_yt",),
    "stream chat, Chinese": ("zh_chat",),
    "SMS, English": ("uci",),
    "SMS, Indonesian": ("id_sms",),
    "SMS, Turkish": ("tr_sms",),
    "developers' chat": ("irc",),
}
_COSINES = (0.65, 0.70, 0.75, 0.80, 0.85, 0.90)
_JUDGED = (10, 30, 100)
_DRAWS = 5
_LETTERS = 20
_BATCH = 256

Vectors = numpy.ndarray


def encode(encoder: _engine.Encoder, texts: Sequence[str]) -> Vectors:
    """A row of length 1 for each text, as much of it as is looked at."""
    most = encoder.MOST_CHARACTERS
    batches = [
        encoder.encode([text[:most] for text in texts[begin : begin + _BATCH]])
        for begin in range(0, len(texts), _BATCH)
    ]
    vectors = numpy.frombuffer(b"".join(batches), "<f4").reshape(-1, encoder.DIMENSIONS)
    return vectors / numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def nearest(vectors: Vectors, judged: Vectors) -> Vectors:
    """The largest cosine of each to one of the judged."""
    return (vectors @ judged.T).max(axis=1)


def shares(known: Vectors) -> list[float]:
    """Of the messages, those that are known from each cosine on."""
    return [float((known >= least).mean()) for least in _COSINES]


def draw(
    indices: Vectors, clusters: Vectors, count: int, chance: numpy.random.Generator
) -> tuple[Vectors, Vectors]:
    """One message of each of so many clusters, and all messages of the other clusters."""
    of = clusters[indices]
    drawn = chance.permutation(numpy.unique(of))[:count]
    first = numpy.array([indices[of == cluster][0] for cluster in drawn])
    return first, indices[~numpy.isin(of, drawn)]


def measure(
    vectors: Vectors, spam: Vectors, ham: Vectors, clusters: Vectors, count: int
) -> dict[str, list[float]]:
    """Mean shares of several draws: found, harmless, hostile. Empty where there is too little."""
    found: dict[str, list[list[float]]] = {"found": [], "harmless": [], "hostile": []}
    for seed in range(_DRAWS):
        chance = numpy.random.default_rng(seed)
        called_ham, other_ham = draw(ham, clusters, count, chance)
        hostile = nearest(vectors[other_ham], vectors[called_ham])
        found["hostile"].append(shares(hostile))
        if len(numpy.unique(clusters[spam])) < 2 * count:
            continue
        called_spam, other_spam = draw(spam, clusters, count, chance)
        for name, others in (("found", other_spam), ("harmless", other_ham)):
            near = nearest(vectors[others], vectors[called_spam])
            nearer = nearest(vectors[others], vectors[called_ham])
            found[name].append(shares(numpy.where(near > nearer, near, 0.0)))
    return {name: list(numpy.mean(rows, axis=0)) for name, rows in found.items() if rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("folders", type=Path, nargs="+")
    asked = parser.parse_args()
    rows: list[Row] = read(asked.folders)
    clusters = numpy.array(_engine.text_clusters([row.text for row in rows]))
    vectors = encode(_engine.Encoder(asked.encoder), [row.text for row in rows])
    is_long = numpy.array([sum(map(str.isalpha, row.text)) >= _LETTERS for row in rows])
    is_spam = numpy.array([row.is_spam for row in rows])
    print("from a cosine of", *_COSINES, sep="\t")
    for name, parts in _COMMUNITIES.items():
        own = numpy.array([any(part in row.source for part in parts) for row in rows]) & is_long
        spam, ham = numpy.where(own & is_spam)[0], numpy.where(own & ~is_spam)[0]
        for count in _JUDGED:
            for what, mean in measure(vectors, spam, ham, clusters, count).items():
                told = (f"{100 * share:.2f} %" for share in mean)
                print(f"{name}, {count} judged, {what}", *told, sep="\t")


if __name__ == "__main__":
    main()
