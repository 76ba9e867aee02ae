"""The engine: judges updates. Implemented in Rust (`crates/python`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, final

__version__: str

class PolicyError(ValueError):
    """A policy or chat setting the engine does not accept; the text names the field and its limits."""

@final
class Item:
    """What became of one update of a batch, at the same position."""

    status: Literal["judged", "ignored", "duplicate", "invalid"]
    """judged: has a verdict. ignored: nothing to judge (a command's button, somebody leaving). duplicate: stands earlier in the same batch.
    An update delivered again in another batch is judged again and gets the same verdict: what its effects are stored by
    (bot, update, round, kind of action) is the same too, so that storing them once is the store's work."""
    update_id: int | None
    """None only where the bytes are no JSON object with an integer update_id in 0..2^53."""
    kind: str | None
    """Telegram's name of the update's field: "message", "edited_message", "callback_query", …"""
    chat_id: int | None
    message_id: int | None
    sender_kind: Literal["user", "channel"] | None
    sender_id: int | None
    date: int | None
    """Seconds since 1970, of the message or its edit, by Telegram's clock."""
    sent: int | None
    """Seconds since 1970 at which the message was sent: of an edit not the edit's. Of what is no message its date."""
    media_group_id: str | None
    flagged: bool
    is_mass_join: bool
    """A join, or a request to be let in, while as many join as the group's policy calls a mass join."""
    is_interaction: bool
    """True where evidence fired or a guard was needed for it: worth an outcome row."""
    message: Literal["keep", "review", "delete"] | None
    sender: Literal["none", "challenge", "mute", "kick", "ban"] | None
    score: int | None
    """Milli-logits."""
    state: Literal["kept", "review", "observed", "guarded", "pending"] | None
    """What the verdict comes to before anybody acts. guarded: a guard kept from the sender what would have been done."""
    actions: list[
        tuple[
            str,
            Literal["delete_message", "delete_reactions", "challenge", "mute", "kick", "ban"],
            int | None,
            int | None,
        ]
    ]
    """What to do, in this order: id, kind, message, and the second since 1970 at which it ends by itself; only where the state is
    pending. A channel's mute or ban has no end: Telegram knows no timed one. Other messages of a deleted message's album go with it."""
    wants: list[Literal["profile", "lists", "picture", "opinion"]]
    """What a second round could bring: empty where it could change nothing."""
    trusted_bin: int | None
    """Where a trusted sender's words stand from the text model's threshold, in a bin of 100 milli-logits; None of anybody else's."""
    picture: str | None
    """How the message's picture looks, 16 hexadecimal digits, where it may be known again by that: only in a second round."""
    verdict: bytes | None
    """JSON by contracts/generated/verdict.schema.json. Holds no word of the message: spans are offsets."""
    texts: bytes | None
    """JSON [{"place", "text"}], only where flagged: what a human may have to look at. Personal data."""
    sender_name: str | None
    """Only where flagged. Personal data."""
    chat_title: str | None
    """Only where judged."""
    error: str | None
    """Only where invalid: what is wrong, without a word of the content."""

@final
class Batch:
    items: list[Item]
    changes: list[tuple[bytes, bytes]]
    """Context records (key, value), whole: to store in the same transaction as the batch's effects, in place of older
    ones. Reckoned from the engine's memory when the batch was judged: commit one batch before judging the next."""
    forgotten: list[bytes]
    """Keys of context records that no event asks for any more: delete these records in the same transaction.
    None of them is among the changes."""

@final
class ExportSplitter:
    """Cuts a Telegram Desktop export into its messages as it is read. Memory holds one message at a time, 4 MiB of it at most."""

    def __init__(self) -> None: ...
    def feed(self, piece: bytes) -> list[tuple[bool, bytes]]:
        """The parts that are whole with this piece of the file: (True, a chat's own fields as a JSON object) and then (False, a
        message as it stands), for each of its messages. Releases the GIL.
        """

    def end(self) -> bytes | None:
        """After the last piece: None where the file was whole, else the message that its end cut, b"" where it cut none."""

@final
class HostList:
    """A list of hosts or names, read once: a line each, `#` before a comment. A host stands for itself and all below it,
    `*.host` for what stands below alone. Faulty lines are passed over. 18 bytes a line for a million lines.
    """

    KINDS: ClassVar[list[str]]
    """scam-hosts, telegram-names, shorteners, brands."""
    faults: list[tuple[int, str]]
    """The first 100 faulty lines: number from 1, and what is wrong; never the line itself."""
    faulty_lines: int
    is_broken: bool
    """True where more lines are faulty than good: rather some other file."""

    def __init__(self, kind: str, text: bytes) -> None:
        """Raises ValueError for an unknown kind. Releases the GIL."""

    def __len__(self) -> int: ...

@final
class Encoder:
    """A multilingual sentence encoder (`crates/encoder`). A text gets the same vector on every machine, bit by bit, alone and in a batch."""

    DIMENSIONS: ClassVar[int]
    """Numbers of a vector."""
    MOST_CHARACTERS: ClassVar[int]
    """Of a message that are looked at: what it is about stands there, and time grows with length."""

    def __init__(
        self,
        file: Path,
        *,
        kernel: Literal["portable", "avx2", "avx-vnni", "avx512-vnni"] | None = None,
    ) -> None:
        """Maps a file that `compile_encoder` made; it must not be written into while it is mapped. The fastest kernel of this
        machine multiplies, unless another one is named that it has. Raises OSError, and ValueError for a file that is none.
        """
    fingerprint: int
    """Of the package's files: what was learned over this encoder's vectors is worth nothing over another's."""
    kernel: Literal["portable", "avx2", "avx-vnni", "avx512-vnni"]
    """What multiplies."""

    def tokens(self, text: str) -> list[int]:
        """Numbers of a text's pieces."""

    def vector(self, text: str) -> bytes | None:
        """What a head learns from and compares, half a kilobyte; None where the text means nothing to the encoder. Releases the GIL."""

    def encode(self, texts: Sequence[str]) -> bytes:
        """Vectors of length 1, `DIMENSIONS` little-endian numbers of 32 bits each. Releases the GIL; one call at a time."""

class Head:
    """What a group's taps teach about meaning (`crates/engine`, `Head`)."""

    def __init__(self, stored: bytes) -> None:
        """Raises ValueError where another version wrote it, or bytes are missing."""
    is_empty: bool
    """Whether nothing was learned."""

    def logit(self, vector: bytes) -> int:
        """Milli-logits that the taps say of a text with this vector. Raises ValueError where that is none."""

class Prior:
    """What meanings speak for spam before any tap (`crates/engine`, `Prior`)."""

    UNTIL_TAPS: ClassVar[int]
    """From so many taps of a group on what its people said counts alone."""

    def __init__(self, stored: bytes) -> None:
        """Raises ValueError where another version wrote it, or bytes are missing or changed."""
    encoder: int
    """Fingerprint of the encoder over whose vectors it was learned."""

    def logit(self, vector: bytes) -> int:
        """Milli-logits, 0 to 2000, by which a text with this vector is nearer to spam. Raises ValueError where that is none."""

class Campaigns:
    """Messages that people judged, to be compared with by meaning (`crates/engine`, `Campaigns`)."""

    def __init__(
        self, judged: Sequence[tuple[bytes, bool, int, str, int, bool]], *, shared: bool
    ) -> None:
        """Vector, whether it was called spam, its date in seconds since 1970, who said so, in which group, whether they answer for the workspace.
        `shared`: of several groups, where as near counts as the last voice that is needed comes. Raises ValueError for bytes that are no vector.
        """

    def nearest(
        self, vector: bytes, *, now: int, shared: Campaigns | None = None
    ) -> tuple[int, int, bool] | None:
        """Of what was written before `now` the nearest spam: the cosine in thousandths, 750 at least, its age in days, and whether only `shared` knows it.
        None where none is near, or something as near was called harmless. Raises ValueError for bytes that are no vector. Releases the GIL.
        """

def learn_head(taps: Sequence[tuple[bytes, bool, int, int]]) -> bytes:
    """The head of taps: vector, whether it was called spam, its weight of 1000, seconds since 1970. The same bytes in whatever order;
    the newest MOST_TAPS are learned. Raises ValueError for bytes that are no vector. Releases the GIL.
    """

def compile_encoder(weights: bytes, vocabulary: bytes) -> bytes:
    """The package's `weights.npz` and `sp.model` as one file to map. Takes a second. Raises ValueError. Releases the GIL."""

@final
class RuleTrial:
    """Counts what rules hit, before they count."""

    def __init__(self, rules: bytes) -> None:
        """A JSON array as in a policy's `rules`, up to 100,000. Raises PolicyError."""
    size: int
    """Bytes the compiled rules take, without the caches that expressions fill while they run."""

    def report(self) -> bytes:
        """JSON: {"messages", "matched", "rules": [{"id", "hits", "share", "examples", "good_hits", "good_examples", "good_senders"}],
        "never": [ids]}. Rules stand in their order; up to 10 examples by name, and up to 100 ids of good senders. A sender is
        good whose message is said to be, or who is trusted here (20 messages and 7 days).
        """

@final
class SharedTap:
    """Feedback on one message of a workspace's group: who said it and where, what their word is worth, and what `look_at_texts` and
    `look_at_picture` made of the message. What another version made is passed over. owner: answers for the whole workspace;
    elsewhere: stands for people of another deployment who agreed there.
    """

    def __init__(
        self,
        person: str,
        group: int,
        standing: Literal["member", "owner", "elsewhere"],
        *,
        features: bytes | None,
        sketch: bytes | None,
        picture: int | None,
        is_spam: bool,
        weight: int,
        given_at: int,
        date: int,
    ) -> None: ...

@final
class Shared:
    """What the groups of a workspace agree on: words and near-duplicates that two of its groups, or three people, called the same."""

    fingerprint: int

    def __init__(self, stored: bytes) -> None:
        """Raises ValueError where another version stored it."""

    def to_bytes(self) -> bytes: ...

@final
class Engine:
    """The engine of one process: settings of chats and the context in memory. Thread-safe."""

    def __init__(self) -> None: ...
    def fresh(self) -> Engine:
        """Another one with the same text model, lists and rules, that knows no chat. It shares what is compiled, which takes 40 ms."""

    def set_chat(self, bot_id: int, chat_id: int, settings: bytes) -> None:
        """Settings of a chat: JSON by contracts/generated/chat-settings.schema.json:
        {"mode": "guard", "policy": {…}, "policy_version": 1, "protected": [ids], "linked_chat_id": null}. Raises PolicyError.
        """

    def learn(
        self, taps: Sequence[tuple[bytes, bool, int, int]], shared: Shared | None = None
    ) -> bytes:
        """What a group's feedback teaches, over what its workspace shares: of each tap the features (`look_at_texts`), True for spam, its weight of 1000, and the
        second since 1970 it was given at. The newest MOST_TAPS count; features of another version are passed over. The same taps
        in any order give the same bytes. Releases the GIL.
        """

    def share(self, taps: Sequence[SharedTap]) -> Shared:
        """What the groups of a workspace agree on. The same feedback in any order gives the same. Releases the GIL."""

    def set_learned(
        self, bot_id: int, chat_id: int, delta: bytes | None, shared: Shared | None = None
    ) -> None:
        """What a group learned, and what its workspace shares, from the next batch on. None where nobody said anything there.
        Raises ValueError where another version learned it.
        """

    def set_pictures(
        self, bot_id: int, chat_id: int, pictures: Sequence[tuple[int, int, bool]]
    ) -> None:
        """What a group's people said of pictures, from the next batch on, in place of what was set before: of each how it looks, its
        message's date, True for spam.
        """

    def take_feedback(
        self, bot_id: int, chat_id: int, feedback: Sequence[tuple[int, int, bytes, bool, bool]]
    ) -> Batch:
        """What feedback marks as known spam, as a batch without items: store its changes, then `commit` it. Of each feedback: its id,
        the message's date, the sketch (`look_at_texts`), True for spam, True for taken back. A sketch of another version
        is passed over.
        """

    def set_rules(self, rules: bytes) -> None:
        """Rules that count in every group, beside the group's own: a JSON array as in a policy's `rules`, up to 100,000; they take the
        place of those set before. Takes about a second for 100,000; batches are judged meanwhile. Raises PolicyError.
        """

    def set_lists(self, lists: Sequence[HostList]) -> None:
        """The operator's lists, in place of those set before; the shipped ones stay beside them."""
    model: int
    """Fingerprint of the text model that judges; what feedback taught counts over this one."""

    def set_model(self, model: bytes) -> None:
        """Judge by another text model than the one that is built in. Raises ValueError, which says what is wrong with the file."""

    def try_rules(
        self,
        trial: RuleTrial,
        bot_id: int,
        updates: Sequence[bytes],
        rows: Sequence[tuple[str, bool]],
    ) -> None:
        """Count in `trial` what its rules would hit, nothing else. `rows` holds for each update a name to tell it by, and
        whether its message is known to be good. What is known of the senders is read, and not changed.
        """

    def load_context(self, records: Sequence[tuple[bytes, bytes]]) -> int:
        """Take stored records into memory. Returns how many were skipped because they cannot be read (damaged, or
        written by another version): their senders count as new, everything else goes on.
        """

    def judge_batch(
        self,
        bot_id: int,
        updates: Sequence[bytes],
        round: int = 1,
        facts: Sequence[bytes | None] | None = None,
    ) -> Batch:
        """Judge updates in their order. Never raises for what an update holds; the GIL is released. `round` (1..255) is
        1 for the first look, 2 with facts fetched since; it is part of the verdict's trace id. `facts`: for each update JSON
        by contracts/generated/facts.schema.json, or None; raises ValueError where it is not.
        Does not change the engine's memory: give the batch to `commit` once its effects are stored.
        """

    def commit(self, batch: Batch) -> None:
        """Take the batch's context changes into memory, and forget what the batch says is forgotten."""

    def forget_record(self, key: bytes) -> None:
        """Forget what is remembered under a key of the context. Raises ValueError for what is none."""

    def context_size(self) -> int:
        """Number of context records in memory."""

def sender_record(bot_id: int, number: int, chat_id: int, sender_id: int) -> tuple[bytes, bytes]:
    """Where a sender's record lies: its key, and its name in a partition of Redis."""

def messages_in_record(record: bytes) -> list[tuple[int, int]]:
    """The last 32 messages of a sender's stored record, the newest first: id, and seconds since 1970. Raises ValueError."""

def messages_in_members(pairs: Sequence[tuple[bytes, bytes]]) -> list[tuple[int, int]]:
    """The same of a record as Redis holds it: members and scores."""

def validate_policy(policy: bytes) -> bytes:
    """The policy with its defaults filled in, as JSON. Raises PolicyError."""

def preview(
    verdicts: str, before: bytes, after: bytes
) -> tuple[list[tuple[tuple[str, str, str, str], list[int]]], int]:
    """What two policies (JSON) make of verdicts (JSON, a line each); gate and raids left aside.

    Where they differ: message's and sender's answer under the first policy, then under the second, and the positions of those verdicts, in their order. Then
    how many there are of which that cannot be told. Releases the GIL. Raises PolicyError.
    """

def signals() -> bytes:
    """The signal catalogue, JSON: [{"name", "kind", "group", "weight", "members_do_too", "title", "sentence"}]."""

def schemas() -> dict[str, bytes]:
    """File name below contracts/generated → JSON Schema."""

def split_updates(body: bytes) -> list[bytes]:
    """The raw updates of a getUpdates answer, unparsed. Raises ValueError."""

def look_at_picture(picture: bytes) -> tuple[int, list[str]]:
    """How a picture looks, as 64 bits (alike: few bits differ), and what its QR codes hold where that may be an address. JPEG, PNG,
    WebP or a GIF's first frame, up to 5 MiB and 20 million pixels; raises ValueError for anything else. Releases the GIL.
    """

def next_threshold(policy: bytes, counts: Mapping[int, int]) -> int | None:
    """Where a group's own threshold goes next, by how many messages of its trusted members stood in which bin (`Item.trusted_bin`);
    None where it stays, or the policy wants none. Raises PolicyError.
    """

def check_kept(features: bytes | None, sketch: bytes) -> None:
    """Raises ValueError, which says what is wrong, where `look_at_texts` of this version did not make them."""

def sketch_clusters(sketches: Sequence[bytes]) -> list[int]:
    """For each sketch, the index of the first of its near-duplicates. Releases the GIL."""

MOST_TAPS: int
"""The newest feedback of a group that is learned."""

def look_at_texts(texts: bytes) -> tuple[bytes | None, bytes | None]:
    """What is kept of an item's `texts` where somebody gives feedback: features to learn from, and a sketch to find near-duplicates
    by. None where there is too little to read. No word can be read back from either. Raises ValueError.
    """

def train_text_model(
    sources: Sequence[tuple[str, bytes]], core: set[str], apart: set[str], seed: int
) -> bytes:
    """A model file. `sources` are names and JSON Lines of {"text", "label"}; those in `core` count double, by those in `apart` no
    threshold is chosen. Raises ValueError for a line that is no labelled message, without a word of it. Releases the GIL.
    """

def train_prior(
    sources: Sequence[tuple[str, bytes]], core: set[str], seed: int, encoder: Encoder
) -> bytes:
    """What meanings speak for spam, as `Prior` reads it, of JSON Lines by source; `core` counts double. The same input gives the same bytes.
    Raises ValueError. Releases the GIL.
    """

def evaluate_text_model(
    sources: Sequence[tuple[str, bytes]],
    core: set[str],
    apart: set[str],
    seed: int,
    within: set[str],
    communities: Sequence[tuple[str, set[str]]],
    taps: Sequence[int],
    encoder: Encoder | None,
) -> bytes:
    """Figures on sources the judging model never saw, as JSON; see `chatwarden.cli.text_model.Report`. Sources in `within` are judged in
    parts too. With `taps`, each community is learned after so many on spam and on ham; with `encoder`, a second time with a head on it.
    Raises and releases as above.
    """

def text_clusters(texts: Sequence[str]) -> list[int]:
    """For each text, the index of the first of its near-duplicates: what must not stand on both sides of a test."""

def text_model_card(model: bytes | None = None) -> tuple[int, bytes]:
    """Fingerprint of a model file (the one that is built in, by default), and what is told of it, as JSON. Raises ValueError."""

def corpus(seed: int, count: int) -> list[bytes]:
    """Raw updates made up for benchmarks: the same seed gives the same bytes. Median text about 50 bytes, p99 about 1,300."""

def rule_corpus(seed: int, count: int, expressions: int) -> bytes:
    """Rules made up for benchmarks, a JSON array; `expressions` of them are regular expressions. They hit next to nothing of `corpus`."""

def profile_known(bot_id: int, count: int, repeats: int) -> tuple[float, float]:
    """Thread CPU microseconds of looking a text up among `count` stored near-duplicates: one that is like none of them, and one that
    is like one of them. Raises RuntimeError where one is found that is not stored, or the other way round.
    """

def profile(
    bot_id: int, updates: Sequence[bytes], repeats: int, rules: bytes, known: int
) -> dict[str, float]:
    """Thread CPU microseconds per update by stage (parse, extract, normalise, signals, context, verdict, total), "p99" of single
    updates, and of messages of 4,096 characters the dearest of ordinary words ("longest") and the dearest of those made to cost
    ("hostile"), each by the median of several runs. The engine's memory knows the updates already, and `known` texts that were
    called spam.
    `rules` are a JSON array for all groups; compiling them is not measured. Raises PolicyError.
    """

PARTITIONS: int
"""Partitions of a bot in the distributed profile; part of the layout in Redis."""

def partition(chat_id: int | None = None) -> int:
    """The partition of a chat; 0 without one."""

def partition_tag(bot_id: int, number: int) -> str:
    """What all keys of a partition begin with: the hash tag that keeps them in one slot."""

def peek_update(raw: bytes) -> tuple[int | None, str | None, int | None]:
    """An update's id, Telegram's name of its field, and the chat it happened in; None what cannot be seen. Never fails."""

def redis_script(name: str) -> str:
    """A script of `crates/streams/lua`, its prelude before it. Raises KeyError."""

def context_prefixes(bot_id: int, chat_id: int) -> list[bytes]:
    """What the keys of a chat's context records begin with, one for each kind."""

def context_commands(
    bot_id: int, number: int, key: bytes, record: bytes, now: int
) -> list[list[bytes]]:
    """Redis' commands that merge a context record, as `Batch.changes` has it, into a partition's. They may run twice, and in any order.
    now: seconds since 1970. Raises ValueError for what another version wrote.
    """
