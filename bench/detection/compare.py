"""The text model beside two textbook classifiers on the same rows and splits: each source by a model that never saw it.

`PYTHONPATH=src python bench/detection/compare.py FOLDER…` with the packages of requirements.txt in an environment of its own, after
`make build`. Near-duplicates of the judged source are left out of what is learned from. Prints figures only, never a message. Accuracy is the area under the curve, and the recall where 1 % of the good messages
are taken for spam; speed is CPU time a message with the model loaded; memory is what the fitted model takes as a pickle or a file.
"""

import argparse
import pickle
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy
from rows import Row, read
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import Pipeline, make_pipeline

from chatwarden import _engine

_TIMED = 2_000


def tf_idf() -> Pipeline:
    """Character grams within words, logistic regression."""
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=3, max_features=300_000)
    return make_pipeline(grams, LogisticRegression(max_iter=300, class_weight="balanced"))


def naive_bayes() -> Pipeline:
    """Words, as most open spam bots have it."""
    return make_pipeline(CountVectorizer(min_df=2), MultinomialNB())


def recall_at_one_percent(spam: Any, ham: Any) -> float:
    """Share of spam above all but a hundredth of the ham."""
    limit = numpy.sort(ham)[len(ham) - 1 - len(ham) // 100]
    return float((spam > limit).mean())


def judge(make: Callable[[], Pipeline], rows: Sequence[Row], clusters: Sequence[int]) -> None:
    """Print a line for each source that has both labels."""
    speeds, sizes = [], []
    for source in dict.fromkeys(row.source for row in rows):
        own = [row for row in rows if row.source == source]
        if len({row.is_spam for row in own}) < 2:
            continue
        twins = {c for row, c in zip(rows, clusters, strict=True) if row.source == source}
        learned = [
            row
            for row, cluster in zip(rows, clusters, strict=True)
            if row.source != source and cluster not in twins
        ]
        model = make()
        model.fit([row.text for row in learned], [row.is_spam for row in learned])
        started = time.process_time()
        model.predict_proba([row.text for row in own[:_TIMED]])
        speeds.append((time.process_time() - started) / len(own[:_TIMED]) * 1e6)
        sizes.append(len(pickle.dumps(model)) / 1e6)
        scores = model.predict_log_proba([row.text for row in own])[:, 1]
        labels = numpy.array([row.is_spam for row in own])
        area = roc_auc_score(labels, scores)
        recall = recall_at_one_percent(scores[labels], scores[~labels])
        print(f"  {source}: AUC {area:.3f}, recall at 1 % {100 * recall:.1f} %")
    print(f"  {numpy.median(speeds):.0f} µs CPU a message, {numpy.median(sizes):.1f} MB")


def main() -> None:
    """Read the folders named on the command line and print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    rows = read(parser.parse_args().folders)
    clusters = _engine.text_clusters([row.text for row in rows])
    for name, make in (("TF-IDF, logistic regression", tf_idf), ("naive Bayes", naive_bayes)):
        print(name)
        judge(make, rows, clusters)


if __name__ == "__main__":
    main()
