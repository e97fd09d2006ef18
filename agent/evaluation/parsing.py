"""How well messages are understood: precision, recall and F1 by kind of thing, sentiment and intent accuracy, speed."""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from agent.evaluation.utterances import FELT, Utterance
from agent.parsing import Parser, Reading
from agent.parsing.reading import Critique, Wish
from memory.preferences import FacetTarget, KeywordTarget, RangeTarget
from tools.catalog.load import load_catalog, read_interactions
from tools.errors import UserInputError
from tools.text.embedder import Embedder
from tools.text.keywords import KeywordIndex, catalog_keywords

KINDS = ("title", "facet", "range", "keyword", "critique", "reference")


@dataclass(frozen=True)
class Verdict:
    """What one utterance was found to hold: by kind the counts of right, found and expected, and what went wrong."""

    utterance: Utterance
    right: dict[str, int]
    found: dict[str, int]
    expected: dict[str, int]
    feelings: tuple[int, int]  # right, of those linked to the right item
    intent_right: bool | None
    milliseconds: float
    faults: tuple[str, ...] = ()


@dataclass
class _Count:
    """Gathers one utterance's counts."""

    right: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    expected: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, kind: str, found: Sequence[str], expected: Sequence[str], pairs: int) -> None:
        """One kind: what was found, what was expected, and how many of them agree."""
        self.right[kind] = self.right.get(kind, 0) + pairs
        self.found[kind] = self.found.get(kind, 0) + len(found)
        self.expected[kind] = self.expected.get(kind, 0) + len(expected)
        if pairs < max(len(found), len(expected)):
            self.faults.append(f"{kind}: {list(found)} for {list(expected)}")


def open_parser(folder: Path, embedder: Embedder | None = None) -> Parser:
    """The parser over a catalogue's folder, as an agent has it. embedder: for the sense of phrases; without it only
    words tell. Raises UserInputError when the catalogue cannot be read."""
    catalog = load_catalog(folder)
    columns = catalog.spec.interactions
    rows = read_interactions(catalog, columns, folder).rows if columns is not None else np.zeros(0, np.int64)
    popularity = np.bincount(rows, minlength=len(catalog))
    keywords = catalog_keywords(catalog)
    if embedder is None or not keywords:
        return Parser(catalog, popularity)
    index = KeywordIndex(catalog, keywords, embedder.encode(keywords))

    def sense(phrases: Sequence[str]) -> dict[str, float]:
        vectors = embedder.encode(phrases)
        return {p: index.nearest(p, vector) for p, vector in zip(phrases, vectors, strict=True)}

    return Parser(catalog, popularity, sense)


def judge(utterance: Utterance, parser: Parser) -> Verdict:
    """Parses one utterance and holds it against what it means. Raises UserInputError on an unknown title."""
    rows = {item.title: row for row, item in enumerate(parser.catalog.items)}
    shown = [_row(title, rows, utterance) for title in utterance.shown]
    focus = _row(utterance.focus, rows, utterance) if utterance.focus else None
    start = time.perf_counter()
    reading = parser.read(utterance.say, shown, utterance.had_wishes, focus)
    milliseconds = (time.perf_counter() - start) * 1000
    count = _Count()
    feelings = _judge_mentions(reading, utterance, parser, count)
    _judge_facets(reading, utterance, count)
    _judge_ranges(reading, utterance, count)
    _judge_phrases(reading, utterance, count)
    _judge_critiques(reading, utterance, count)
    intent_right = reading.intent in utterance.intents if utterance.intents else None
    if intent_right is False:
        count.faults.append(f"intent: {reading.intent} for {' or '.join(utterance.intents)}")
    return Verdict(
        utterance,
        count.right,
        count.found,
        count.expected,
        feelings,
        intent_right,
        milliseconds,
        tuple(count.faults),
    )


def _row(title: str, rows: dict[str, int], utterance: Utterance) -> int:
    if title not in rows:
        raise UserInputError(f"{utterance.say!r}: the catalogue has no {title!r}")
    return rows[title]


def _judge_mentions(reading: Reading, utterance: Utterance, parser: Parser, count: _Count) -> tuple[int, int]:
    """Titles named, items pointed at, and of the right ones what is felt about them."""
    felt = {title: feeling for feeling in FELT for title in getattr(utterance, feeling)}
    right_feelings = linked = 0
    for kind, pointed in (("title", False), ("reference", True)):
        wanted = [t for t in utterance.titles if (t in utterance.points) == pointed]
        mentions = {
            parser.catalog.items[m.row].title: m for m in reading.mentions if m.pointed == pointed
        }  # the same item named twice is one
        pairs = 0
        for title in wanted:
            name = next((option for option in title.split("|") if option in mentions), None)
            if name is None:
                continue
            pairs += 1
            linked += 1
            if mentions[name].sentiment == felt[title]:
                right_feelings += 1
            else:
                count.faults.append(f"sentiment: {mentions[name].sentiment} for {felt[title]} of {name}")
        found = list(mentions)
        if not pointed:
            unknown = [t.casefold() for t in utterance.unknown]
            said = [t.casefold() for t in reading.unknown_titles]
            pairs += sum(t in said for t in unknown)
            found, wanted = found + said, wanted + unknown
        count.add(kind, found, wanted, pairs)
    return right_feelings, linked


def _judge_facets(reading: Reading, utterance: Utterance, count: _Count) -> None:
    for polarity, entries in (("+", utterance.wants), ("-", utterance.refuses)):
        wishes = [w for w in reading.wishes if isinstance(w.target, FacetTarget) and w.polarity == polarity]
        said = [
            f"{polarity}{' or '.join(w.target.values)}" for w in wishes if isinstance(w.target, FacetTarget)
        ]
        left = list(wishes)
        pairs = 0
        for entry in entries:
            wish = next((w for w in left if _meant(entry, w)), None)
            if wish is None:
                continue
            left.remove(wish)
            pairs += 1
            strengths = _strengths(entry, utterance)
            if strengths and wish.strength not in strengths:
                count.faults.append(f"strength: {wish.strength} for {entry}")
                pairs -= 1
        count.add("facet", said, [polarity + entry for entry in entries], pairs)


def _strengths(entry: str, utterance: Utterance) -> tuple[str, ...]:
    if entry in utterance.soft:
        return ("prefer", "avoid")
    return ("must", "never") if entry in utterance.hard else ()


def _meant(entry: str, wish: Wish) -> bool:
    """Whether a wish is the one expected; of several readings ("Spanish|Spain") it may hold more than one."""
    values = set(wish.target.values) if isinstance(wish.target, FacetTarget) else set()
    options = [set(option.split(" or ")) for option in entry.split("|")]
    return values in options or (len(options) > 1 and bool(values) and values <= set.union(*options))


def _judge_ranges(reading: Reading, utterance: Utterance, count: _Count) -> None:
    ranges = [w for w in reading.wishes if isinstance(w.target, RangeTarget)]
    found = sorted({w.target.facet for w in ranges if isinstance(w.target, RangeTarget)})
    expected = sorted({*utterance.fits, *utterance.bars})
    pairs = sum(
        facet in found
        and all(_leaves(ranges, facet, number) for number in utterance.fits.get(facet, ()))
        and not any(_leaves(ranges, facet, number) for number in utterance.bars.get(facet, ()))
        for facet in expected
    )
    said = [f"{w.polarity}{w.target}" for w in ranges]
    count.add("range", found, expected, pairs)
    if pairs < max(len(found), len(expected)):
        count.faults.append(f"ranges were {said}")


def _leaves(ranges: list[Wish], facet: str, number: float) -> bool:
    return all(
        ((t.low is None or number >= t.low) and (t.high is None or number <= t.high)) == (w.polarity == "+")
        for w in ranges
        if isinstance(t := w.target, RangeTarget) and t.facet == facet
    )


def _judge_phrases(reading: Reading, utterance: Utterance, count: _Count) -> None:
    for polarity, entries in (("+", utterance.about), ("-", utterance.not_about)):
        phrases = [
            w.target.phrase.lower()
            for w in reading.wishes
            if isinstance(w.target, KeywordTarget) and w.polarity == polarity
        ]
        pairs = _paired(entries, phrases, lambda option, phrase: option.lower() in phrase)
        count.add("keyword", [polarity + p for p in phrases], [polarity + e for e in entries], pairs)
    if unsaid := [p for p in phrases for word in utterance.unsaid if word in p]:
        count.faults.append(f"unsaid: {unsaid}")


def _judge_critiques(reading: Reading, utterance: Utterance, count: _Count) -> None:
    expected: list[str] = []
    pairs = 0
    for direction, entries in ((-1, utterance.lower), (1, utterance.raise_)):
        found = [c.aspect for c in reading.critiques if c.kind == "number" and c.direction == direction]
        pairs += _paired(entries, found, str.__eq__)
        expected += [f"{direction:+d} {e}" for e in entries]
    for direction, entries in ((-1, utterance.less), (1, utterance.more)):
        found = [
            _quality(c, direction)
            for c in reading.critiques
            if c.kind == "quality" and direction in (c.direction, _said_direction(c))
        ]
        pairs += _paired(entries, found, lambda option, said: option.lower() in said)
        expected += [f"{direction:+d} {e}" for e in entries]
    same = [c.aspect for c in reading.critiques if c.kind == "same"]
    pairs += _paired(utterance.same, same, str.__eq__)
    expected += [f"same {e}" for e in utterance.same]
    if utterance.different:
        pairs += any(c.kind == "different" for c in reading.critiques)
        expected.append("different")
    count.add("critique", [_said(c) for c in reading.critiques], expected, pairs)


def _quality(critique: Critique, direction: int) -> str:
    """What a critique may be called when it asks for more or for less: by its scale, or by the words said."""
    names = [critique.aspect] if critique.direction == direction else []
    names += [critique.words] if _said_direction(critique) == direction else []
    return " ".join(names).lower()


def _said_direction(critique: Critique) -> int:
    """More or less by the words alone: "gentler" asks for more of gentleness, whatever scale it moves on."""
    return -1 if re.search(r"\b(?:less|fewer|not|isn't|too)\b", critique.words.lower()) else 1


def _said(critique: Critique) -> str:
    return f"{critique.kind} {critique.direction:+d} {critique.aspect}"


def _paired(entries: Iterable[str], found: Sequence[str], agree: Any) -> int:
    """How many entries have a found thing of their own that one of their options agrees with."""
    left = list(found)
    pairs = 0
    for entry in entries:
        match = next((f for f in left for option in entry.split("|") if agree(option, f)), None)
        if match is not None:
            left.remove(match)
            pairs += 1
    return pairs


def summarise(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The figures of many verdicts: by kind precision, recall, F1 and counts; accuracies; milliseconds."""
    kinds: dict[str, Any] = {}
    for name, parts in {**{k: (k,) for k in KINDS}, "facet and range": ("facet", "range")}.items():
        right, found, expected = (
            sum(getattr(v, counts).get(part, 0) for v in verdicts for part in parts)
            for counts in ("right", "found", "expected")
        )
        precision = right / found if found else 1.0
        recall = right / expected if expected else 1.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        kinds[name] = {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(f1, 4),
            "found": found,
            "expected": expected,
        }
    felt = [v.feelings for v in verdicts]
    linked = sum(of for _, of in felt)
    checked = [v.intent_right for v in verdicts if v.intent_right is not None]
    times = np.array([v.milliseconds for v in verdicts] or [0.0])
    return {
        "utterances": len(verdicts),
        "without_fault": sum(not v.faults for v in verdicts),
        "kinds": kinds,
        "sentiment": {
            "accuracy": round(sum(right for right, _ in felt) / linked, 4) if linked else 1.0,
            "of": linked,
        },
        "intent": {
            "accuracy": round(sum(checked) / len(checked), 4) if checked else 1.0,
            "of": len(checked),
        },
        "parse_ms": {
            "p50": round(float(np.percentile(times, 50)), 2),
            "p95": round(float(np.percentile(times, 95)), 2),
            "max": round(float(times.max()), 2),
        },
    }
