"""What of a turn's expectations does not hold, each fault a line that begins with its key."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.evaluation.scripted.dialogue import DialogueTurn, FacetValues, values_of
from agent.evaluation.scripted.partners import State
from tools.catalog import Catalog, Item


@dataclass(frozen=True)
class Seen:
    """What came of a turn, and what came before it.

    answer: None after a button. described: the wishes that hold, in words. earlier: the ids of each slate shown before,
    in order. never, never_facets: what no slate may show now. limit_ms: of the dialogue's turns.
    """

    answer: Mapping[str, Any] | None
    items: tuple[Item, ...]
    state: State
    described: tuple[str, ...]
    elapsed_ms: float = 0.0
    earlier: tuple[tuple[str, ...], ...] = ()
    never: frozenset[str] = frozenset()
    never_facets: tuple[tuple[str, str | float], ...] = ()
    limit_ms: float | None = None

    @property
    def titles(self) -> list[str]:
        """Those of the slate."""
        return [item.title for item in self.items]


def faults_of(turn: DialogueTurn, seen: Seen, catalog: Catalog) -> list[str]:
    """All that does not hold after a turn."""
    faults = _state_faults(turn, seen, catalog)
    if seen.answer is None:
        return faults
    return [
        *_speech_faults(turn, seen.answer),
        *_slate_faults(turn, seen),
        *_earlier_faults(turn, seen),
        *_facets_faults(turn, seen),
        *faults,
    ]


def _differing(checks: Iterable[tuple[str, Any, Any]]) -> list[str]:
    """Of (key, wanted, found) those that are not as wanted; None wants nothing."""
    return [
        f"{key}: {found!r} for {wanted!r}" for key, wanted, found in checks if wanted not in (None, found)
    ]


def _speech_faults(turn: DialogueTurn, answer: Mapping[str, Any]) -> list[str]:
    reply, question = answer["reply"], answer["question"]
    said = reply.casefold()
    codes = sorted(n["code"] for n in answer["notices"])
    faults = _differing(
        [
            ("intent", turn.intent, answer["intent"]),
            ("notices", None if turn.notices is None else sorted(turn.notices), codes),
            ("asks", turn.asks, question is not None),
            ("question_about", turn.question_about, question["about"] if question else None),
        ]
    )
    faults += [f"notices_include: no {c!r} in {codes}" for c in turn.notices_include if c not in codes]
    faults += [f"says: no {words!r} in {reply!r}" for words in turn.says if words.casefold() not in said]
    faults += [f"says_not: {words!r} in {reply!r}" for words in turn.says_not if words.casefold() in said]
    faults += [
        f"says_match: nothing like {pattern!r} in {reply!r}"
        for pattern in turn.says_match
        if not re.search(pattern, reply, re.IGNORECASE)
    ]
    return faults if said.strip() else [*faults, "no reply"]


def _slate_faults(turn: DialogueTurn, seen: Seen) -> list[str]:
    titles = seen.titles
    faults = _differing(
        [
            ("shows", turn.shows, len(titles)),
            ("exactly", None if turn.exactly is None else sorted(turn.exactly), sorted(titles)),
            ("first", turn.first, titles[0] if titles else None),
            ("last", turn.last, titles[-1] if titles else None),
        ]
    )
    if turn.shows_at_least is not None and len(titles) < turn.shows_at_least:
        faults.append(f"shows_at_least: {len(titles)} for {turn.shows_at_least}")
    faults += [f"includes: no {title!r} in {titles}" for title in turn.includes if title not in titles]
    faults += [f"excludes: {title!r} is shown" for title in turn.excludes if title in titles]
    if turn.any_of and not any(title in titles for title in turn.any_of):
        faults.append(f"any_of: none of {list(turn.any_of)} in {titles}")
    for title, place in turn.position.items():
        found = titles.index(title) + 1 if title in titles else None
        if found is None or found > place:
            faults.append(f"position: {title!r} in place {found} for {place}, of {titles}")
    reasons = [r["text"] for item in seen.answer["slate"] for r in item["reasons"]] if seen.answer else []
    faults += [
        f"reasons_mention: no {words!r} in {reasons}"
        for words in turn.reasons_mention
        if not any(words.casefold() in reason.casefold() for reason in reasons)
    ]
    ids = [item.id for item in seen.items]
    twice = [title for at, title in enumerate(titles) if ids[at] in ids[:at]]
    return faults + [f"shows {title!r} twice" for title in twice]


def _earlier_faults(turn: DialogueTurn, seen: Seen) -> list[str]:
    """What does not go with the slates before, and what was never to be shown."""
    ids, faults = [item.id for item in seen.items], []
    last = seen.earlier[-1] if seen.earlier else ()
    if turn.same_slate is not None and (sorted(ids) == sorted(last)) != turn.same_slate:
        faults.append(f"same_slate: {not turn.same_slate} for {turn.same_slate}, {seen.titles}")
    if turn.keeps is not None and (kept := sum(i in last for i in ids)) < turn.keeps:
        faults.append(f"keeps: {kept} for {turn.keeps}, {seen.titles}")
    if turn.no_repeats:
        shown = {i for slate in seen.earlier for i in slate}
        faults += [f"no_repeats: {item.title!r} was shown before" for item in seen.items if item.id in shown]
    faults += [
        f"never: shows {title!r}, which must never come" for title in seen.titles if title in seen.never
    ]
    faults += [
        f"never_facets: {item.title!r} has {facet} {value!r}"
        for item in seen.items
        for facet, value in seen.never_facets
        if value in _held(item, facet)
    ]
    return faults


def _facets_faults(turn: DialogueTurn, seen: Seen) -> list[str]:
    def faults(key: str, wanted: Mapping[str, Any], holds: Callable[[Sequence[Any], Any], bool]) -> list[str]:
        return _facet_faults(seen.items, wanted, key, holds, turn.unknown_ok or key == "none")

    return [
        *faults("every", turn.every, _has),
        *faults("none", turn.none, lambda held, wanted: not _has(held, wanted)),
        *faults("at_most", turn.at_most, lambda held, top: held[0] <= top),
        *faults("at_least", turn.at_least, lambda held, low: held[0] >= low),
        *_some_faults(seen.items, turn.some),
    ]


def _has(held: Sequence[Any], wanted: str | float | tuple[str, ...]) -> bool:
    return any(value in held for value in values_of(wanted))


def _facet_faults(
    items: Iterable[Item],
    wanted: Mapping[str, Any],
    key: str,
    holds: Callable[[Sequence[Any], Any], bool],
    unknown_ok: bool,
) -> list[str]:
    """Items whose value of a facet does not hold."""
    faults = []
    for facet, value in wanted.items():
        for item in items:
            held = _held(item, facet)
            if (not held and not unknown_ok) or (held and not holds(held, value)):
                faults.append(f"{key} {facet} {value!r}: {item.title} has {list(held)}")
    return faults


def _some_faults(items: Sequence[Item], wanted: FacetValues) -> list[str]:
    return [
        f"some {facet} {value!r}: none of {[item.title for item in items]}"
        for facet, value in wanted.items()
        if not any(_has(_held(item, facet), value) for item in items)
    ]


def _held(item: Item, facet: str) -> Sequence[Any]:
    """An item's values of a facet, or its number; empty where it has none."""
    number = item.number(facet)
    return item.values(facet) if number is None else (number,)


def _state_faults(turn: DialogueTurn, seen: Seen, catalog: Catalog) -> list[str]:
    """Wishes, events and time, which a button changes as well as a message."""
    described = sorted(seen.described)
    whole = " \n ".join(described).casefold()
    faults = _differing(
        [
            ("wishes", turn.wishes, len(described)),
            ("preferences", None if turn.preferences is None else sorted(turn.preferences), described),
        ]
    )
    faults += [
        f"preferences_include: no {part!r} in {described}"
        for part in turn.preferences_include
        if part.casefold() not in whole
    ]
    faults += [
        f"preferences_exclude: {part!r} in {described}"
        for part in turn.preferences_exclude
        if part.casefold() in whole
    ]
    for kind in ("liked", "seen", "rejected"):
        ids = seen.state.items_with([kind])
        titles = sorted(catalog.item(i).title if i in catalog.rows else i for i in ids)
        faults += [f"{kind}: no {t!r} in {titles}" for t in getattr(turn, kind) if t not in titles]
    # the time itself is left out, so that two runs tell the same
    limits = [("within_ms", turn.within_ms), ("time_limit_ms", seen.limit_ms)]
    return faults + [
        f"{key}: took longer than {limit:g} ms"
        for key, limit in limits
        if limit is not None and seen.elapsed_ms > limit
    ]
