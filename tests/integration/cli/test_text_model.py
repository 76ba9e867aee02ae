"""`chatwarden train` and `chatwarden eval` on authored messages."""

import json
from pathlib import Path

import pytest
from tests.support.command import Run
from tests.support.labelled_messages import SOURCES, labelled_lines

from chatwarden._engine import Engine, Prior, text_model_card
from chatwarden.encoder import open_encoder
from chatwarden.errors import FileUnusable
from chatwarden.text_model import take_text_model

SECRET = "a secret nobody may read"


LOANS = [
    "We lend cash to anybody within an hour, no papers asked",
    "Quick credit for everyone, even with bad history",
    "Short of money until payday? Ask us",
    "Деньги в долг любому, без справок и поручителей",
    "Срочный займ на карту за десять минут",
    "Préstamos rápidos para cualquiera, sin garantía",
    "Dinero urgente hoy mismo, aunque estés en la lista de morosos",
    "Schneller Kredit ohne Schufa, Auszahlung heute",
    "Crédit immédiat pour tous, même interdit bancaire",
    "Empréstimo pessoal na hora, sem consulta",
]
EVERYDAY = [
    "Who knows when the market on the square opens?",
    "My tomatoes have yellow leaves, what do they need?",
    "The neighbours' meeting moves to Thursday",
    "Thanks, the new hose fits perfectly",
    "Кто видел моего кота со вчерашнего вечера?",
    "Автобус опять опаздывает, идём пешком",
    "¿Alguien tiene una escalera para el sábado?",
    "Heute gibt es im Hof Kuchen für alle Kinder",
    "Le concert commence à huit heures, venez tôt",
    "A chuva estragou o telhado da garagem",
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    for source in SOURCES:
        (folder / f"source_{source}.jsonl").write_text(labelled_lines(source))
    return folder


def test_the_same_messages_make_the_same_model_and_the_engine_takes_it(
    run: Run, data: Path, tmp_path: Path
) -> None:
    models = [tmp_path / name for name in ("one.model", "two.model")]
    for model in models:
        assert run("train", "--data", data, "--out", model).code == 0
    fingerprint, card = text_model_card(models[0].read_bytes())
    engine = Engine()
    take_text_model(engine, models[0])
    message = {"message_id": 1, "date": 1, "chat": {"id": -5}, "from": {"id": 9}, "text": "hello"}
    batch = engine.judge_batch(7, [json.dumps({"update_id": 1, "message": message}).encode()])

    assert models[0].read_bytes() == models[1].read_bytes()
    assert models[0].stat().st_size < 1_000_000
    assert [source["spam"] for source in json.loads(card)["sources"]] == [60, 60, 60]
    assert json.loads(batch.items[0].verdict or b"")["versions"]["model"] == fingerprint


def test_each_source_is_judged_by_a_model_that_never_saw_it(run: Run, data: Path) -> None:
    ended = run("eval", "--data", data, "--json")
    report = json.loads(ended.out)

    assert ended.code == 0
    assert [source["source"] for source in report["sources"]] == [
        "source_0",
        "source_1",
        "source_2",
    ]
    assert [source["spam"]["rows"] for source in report["sources"]] == [60, 60, 60]
    assert report["sources"][0]["spam"]["punished"] > 0
    assert len(report["disguises"]) == 20


def test_a_sources_own_labels_change_nothing_of_how_it_is_judged(run: Run, data: Path) -> None:
    def punished() -> int:
        source = json.loads(run("eval", "--data", data, "--json").out)["sources"][0]
        return int(source["ham"]["punished"]) + int(source["spam"]["punished"])

    before = punished()
    file = data / "source_0.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    called_ham = [row | {"label": "ham"} for row in rows[:-20]] + rows[-20:]
    file.write_text("\n".join(json.dumps(row) for row in called_ham))

    assert punished() == before > 0


def test_a_source_is_judged_in_parts_by_models_that_read_its_other_parts(
    run: Run, data: Path
) -> None:
    report = json.loads(run("eval", "--data", data, "--within", "source_1", "--json").out)

    assert [source["source"] for source in report["within"]] == ["source_1"]
    left_out, within = report["sources"][1], report["within"][0]
    assert within["spam"]["rows"] == left_out["spam"]["rows"]
    assert within["ham"]["rows"] == left_out["ham"]["rows"]
    assert within["area"] >= left_out["area"]


def test_what_taps_teach_is_measured_on_sources_left_out_together(run: Run, data: Path) -> None:
    community = ("--community", "source_0+source_1", "--community", "nowhere")
    report = json.loads(run("eval", "--data", data, *community, "--taps", "5,10", "--json").out)

    (curve,) = report["curves"]
    assert curve["community"] == "source_0+source_1"
    assert curve["spam"] + curve["silent"] == 120 and curve["ham"] == 2020
    assert [point["taps"] for point in curve["points"]] == [0, 5, 10]


def test_what_the_encoder_adds_to_taps_is_measured_beside_them(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(tmp_path / "deployment"))
    told = [(text, "spam") for text in LOANS] + [(text, "ham") for text in EVERYDAY]
    lines = (json.dumps({"text": text, "label": label}) for text, label in told)
    (data / "loans.jsonl").write_text("\n".join(lines) + "\n")
    asked = ("--community", "loans", "--taps", "3", "--encoder", "--json")
    report = json.loads(run("eval", "--data", data, *asked).out)

    without, beside = report["curves"]
    assert (without["encoder"], beside["encoder"]) == (False, True)
    found = [curve["points"][1]["recall_at_one_percent"]["mean"] for curve in (without, beside)]
    assert found[0] < found[1], "no word comes twice, the meaning does"


def test_what_messages_mean_is_measured_on_sources_left_out_and_takes_nothing_back(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(tmp_path / "deployment"))
    report = json.loads(run("eval", "--data", data, "--encoder", "--json").out)

    for source in report["sources"]:
        found = source["with_meaning"]
        assert found["spam"]["rows"] == source["spam"]["rows"] == 60
        assert found["ham"]["rows"] == source["ham"]["rows"]
        for label in ("spam", "ham", "spam_without_links"):
            assert found[label]["punished"] >= source[label]["punished"]
            assert found[label]["senders_punished"] == source[label]["senders_punished"]
    assert all(len(disguise["with_meaning"]) == 2 for disguise in report["disguises"])
    assert run("eval", "--data", data, "--encoder").code == 0


def test_the_same_messages_make_the_same_prior_and_it_tells_meanings_apart(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHATWARDEN_DATA_DIR", str(tmp_path / "deployment"))
    told = [(text, "spam") for text in LOANS] + [(text, "ham") for text in EVERYDAY]
    lines = (json.dumps({"text": text, "label": label}) for text, label in told)
    (data / "loans.jsonl").write_text("\n".join(lines) + "\n")
    files = [tmp_path / name for name in ("one.prior", "two.prior")]
    for file in files:
        assert run("train", "--of", "meaning", "--data", data, "--out", file).code == 0
    encoder = open_encoder(tmp_path / "deployment")
    prior = Prior(files[0].read_bytes())

    def logit(text: str) -> int:
        vector = encoder.vector(text)
        assert vector is not None
        return prior.logit(vector)

    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].stat().st_size <= 2048
    assert prior.encoder == encoder.fingerprint
    assert logit("Prestiti veloci senza garanzie per tutti") > 300
    assert logit("Domani apre il mercato in piazza, chi viene?") == 0


@pytest.mark.parametrize("taps", ["0", "ten", "10,", "501", "-3"])
def test_taps_that_are_no_numbers_are_refused(run: Run, data: Path, taps: str) -> None:
    ended = run("eval", "--data", data, "--taps", taps)

    assert ended.code == 1 and "numbers from 1 to 500" in ended.err


def test_figures_are_shown_as_tables_too(run: Run, data: Path) -> None:
    shown = run("eval", "--data", data, "--within", "source_1", "--taps", "5").out

    assert "source_1" in shown and "letter spacing" in shown and "write me" not in shown


def test_a_line_that_is_no_message_is_named_without_its_words(run: Run, data: Path) -> None:
    with (data / "source_1.jsonl").open("a") as file:
        file.write("\n" + json.dumps({"text": SECRET, "label": "perhaps"}) + "\n")
    ended = run("train", "--data", data, "--out", data / "text.model")

    assert ended.code == 1
    assert "source_1, line 1071" in ended.err and SECRET not in ended.err
    assert not (data / "text.model").exists()


def test_a_folder_without_messages_is_told(run: Run, tmp_path: Path) -> None:
    ended = run("train", "--data", tmp_path, "--out", tmp_path / "text.model")

    assert ended.code == 1 and "no *.jsonl file" in ended.err


@pytest.mark.parametrize("content", [b"", b"something else", None])
def test_a_model_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "text.model"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(FileUnusable, match=r"text\.model"):
        take_text_model(Engine(), file)
