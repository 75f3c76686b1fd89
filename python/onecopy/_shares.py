"""One load divided among several processes: each pours its rows, and all fit what is fitted.

Texts that become codes are learned before, from the rows of each share. Then each share is poured,
and says what it has counted; the fills, the refusals and the report are those of all rows.
"""

import json
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

from onecopy import _native
from onecopy._gather import Exchange
from onecopy._matrix import TrainingMatrix
from onecopy._options import Options, WindowSize
from onecopy._recode import text_bytes
from onecopy._run import pour_share, run, run_window
from onecopy._shard import Shard
from onecopy._windows import fields_of, of_columns

Learned: TypeAlias = dict[str, Any]
"""The texts that a share has learned."""


@dataclass(frozen=True, repr=False, eq=False)
class Coded:
    """The texts that become codes: of features, and of the arrays beside the matrix."""

    features: list[str]
    columns: tuple[str, ...]
    """The columns to load for them: any one where no feature is coded, as no matrix has none."""
    has_classes: bool
    has_groups: bool

    @classmethod
    def of(cls, facts: "_native.PlanFacts", options: Options) -> "Coded":
        """Find what has to be learned."""
        roles = {extra["role"] for extra in facts["extras"] if extra["coded"]}
        known = {name for name, _ in options.known_texts}
        features = [name for name in facts["categories"] if name not in known]
        return cls(
            features,
            tuple(features or list(fields_of(facts).values())[:1]),
            "y" in roles and options.known_classes is None,
            "group" in roles and options.known_groups is None,
        )

    def are_texts(self, document: object) -> bool:
        """Whether a document of another process has texts of all these."""
        if not isinstance(document, dict) or set(document) != {"features", "classes", "groups"}:
            return False
        features = document["features"]
        if not isinstance(features, list) or len(features) != len(self.features):
            return False
        return all(map(_are_texts, [*features, document["classes"], document["groups"]]))

    def __bool__(self) -> bool:
        return bool(self.features or self.has_classes or self.has_groups)


def shared_plan(options: Options, shares: int) -> "_native.Plan":
    """Plan all rows, so that each of so many shares can be taken from it."""
    return _native.plan(replace(options, window=WindowSize(shares=shares)))


def plan_share(options: Options, shard: Shard) -> "_native.Plan":
    """Plan the rows of one share."""
    whole = shared_plan(options, shard.world)
    return whole.share(*shard.rows(whole.facts()["shape"][0]))


def load_share(shard: Shard, checked: Callable[[], Options]) -> TrainingMatrix:
    """Load the rows of one process; the others hear of it if its options are refused."""
    if shard.gather is None:
        return _load_alone(checked(), shard)
    with Exchange(shard.gather, shard.rank, shard.world, bytes(16)) as hello:
        options = checked()
        whole = shared_plan(options, shard.world)
        facts = whole.facts()
        _refuse_one_place(hello.document(_place(options), _is_place))
    with Exchange(shard.gather, shard.rank, shard.world, digest_of(facts, options)) as exchange:
        rows = shard.rows(facts["shape"][0])
        coded = Coded.of(facts, options)
        if coded:
            learned = learn(options, shard.world, rows, coded)
            options = with_texts(options, coded, exchange.document(learned, coded.are_texts))
            whole = shared_plan(options, shard.world)
        share = whole.share(*rows)
        return pour_share(share, whole.facts(), options, exchange)


def _load_alone(options: Options, shard: Shard) -> TrainingMatrix:
    """Load the rows of one process that knows nothing of the others."""
    whole = shared_plan(options, shard.world)
    facts = whole.facts()
    if shard.world > 1:
        coded = Coded.of(facts, options)
        fitted = [
            name
            for name, is_fitted in zip(facts["feature_names"], facts["fitted"], strict=True)
            if is_fitted and name not in facts["categories"]
        ]
        if fitted:
            raise ValueError(
                "gather: the medians and means of a shard are not those of the data; pass gather=, "
                "a recipe=, or fill= a number or None"
            )
        if coded:
            raise ValueError(
                "gather: the codes of texts are those of all rows, and a shard has some of them; "
                "pass gather=, or a recipe="
            )
    own = whole.window(*shard.rows(facts["shape"][0]))
    return run(own, own.facts(), options, options.progress)


def digest_of(facts: "_native.PlanFacts", options: Options) -> bytes:
    """Sum up what all processes must agree on."""
    agreed = {
        "version": _native.__version__,
        "sizes": [size for _, size, _ in facts["sources"]],
        "rules": [options.inf, options.overflow, options.target_missing, repr(options.fill)],
        "fills": sorted((name, repr(fill)) for name, fill in options.fill_columns.items()),
    } | {
        name: facts[name]  # type: ignore[literal-required, unused-ignore]
        for name in (
            "shape",
            "feature_names",
            "dtype",
            "order",
            "parts",
            "vectors",
            "clocks",
            "categories",
            "fitted",
            "source_rows",
        )
    }
    return blake2b(json.dumps(agreed).encode(), digest_size=16).digest()


def _place(options: Options) -> list[str] | None:
    """Say which file this process writes, if any."""
    if not isinstance(options.out, Path):
        return None
    return [socket.gethostname(), str(options.out.absolute())]


def _is_place(document: object) -> bool:
    return document is None or _are_texts(document)


def _are_texts(document: object) -> bool:
    return isinstance(document, list) and all(isinstance(text, str) for text in document)


def _refuse_one_place(heard: Iterable[list[str] | None]) -> None:
    places = [tuple(place) for place in heard if place is not None]
    if len(set(places)) < len(places):
        raise ValueError(
            "out: expected a file of its own for each process, found one of several; name them "
            'after the rank, as in out=f"train.{rank}.npy"'
        )


def learn(options: Options, shares: int, rows: tuple[int, int], coded: Coded) -> Learned:
    """Learn the texts of a share's rows."""
    own = replace(
        of_columns(options, coded.columns, coded.features),
        passthrough=(),
        weight=None,
        target=options.target if coded.has_classes else None,
        group=options.group if coded.has_groups else None,
        out=None,
    )
    if not coded.has_classes and options.target_missing == "drop":
        own = replace(own, target=options.target)
    window = run_window(shared_plan(own, shares).window(*rows), own)
    groups = () if window.group_keys is None else window.group_keys.tolist()
    return {
        "features": [_plain(window.recipe.categories[name]) for name in coded.features],
        "classes": _plain(window.recipe.classes or ()),
        "groups": _plain(groups),
    }


def with_texts(options: Options, coded: Coded, learned: Iterable[Learned]) -> Options:
    """Give all texts that the shares have learned their codes."""
    features: list[set[bytes]] = [set() for _ in coded.features]
    classes, groups = set[bytes](), set[bytes]()
    for document in learned:
        for texts, found in zip(features, document["features"], strict=True):
            texts.update(_bytes(found))
        classes.update(_bytes(document["classes"]))
        groups.update(_bytes(document["groups"]))
    known = [*options.known_texts]
    known += [(name, sorted(texts)) for name, texts in zip(coded.features, features, strict=True)]
    return replace(
        options,
        known_texts=known,
        known_classes=sorted(classes) if coded.has_classes else options.known_classes,
        known_groups=sorted(groups) if coded.has_groups else options.known_groups,
    )


def _plain(texts: Iterable[str | bytes]) -> list[str]:
    return [text.decode("latin-1") for text in text_bytes(tuple(texts))]


def _bytes(texts: Iterable[str]) -> list[bytes]:
    return [text.encode("latin-1") for text in texts]
