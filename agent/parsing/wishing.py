"""Makes wishes of what was found in a message and what is felt about it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.parsing.bounds import either_side, narrowed, overlap
from agent.parsing.english.feelings import Felt
from agent.parsing.reading import Wish
from agent.parsing.vocabulary.lexicon import Phrase
from agent.parsing.words import Message
from memory.preferences import FacetTarget, KeywordTarget, Polarity, RangeTarget, Strength, Target, facets_of
from tools.catalog import Catalog

WISHED = ("facet", "keyword", "free", "range")


class WishMaker:
    """Makes wishes about one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def wishes(self, felt: list[Felt], line: Message) -> list[Wish]:
        """What is wished for and refused, in the order of the message."""
        wishes: list[Wish] = []
        previous: Felt | None = None
        for f in self._one_value_each(felt):
            wish = self._wish(f, line)
            if wish is None:
                previous = None
                continue
            if f.repairs:
                wishes, previous = self._repaired(wishes, wish), None
            if any(w.target == wish.target and w.polarity == wish.polarity for w in wishes):
                continue
            if previous is not None and wishes and (outer := _outer(f, wishes[-1], wish)):
                words = line.quote(wishes[-1].position, f.span.end)
                wishes[-1] = replace(wishes[-1], polarity="-", strength="never", target=outer, words=words)
            elif previous is not None and wishes and self._either(f, wishes[-1], wish):
                words = line.quote(wishes[-1].position, f.span.end)
                wishes[-1] = replace(
                    wishes[-1], target=self._joined(wishes[-1].target, wish.target), words=words
                )
            else:
                wishes.append(wish)
            previous = f
        return narrowed(wishes)

    def _repaired(self, wishes: list[Wish], new: Wish) -> list[Wish]:
        """What was said before "no wait", without what it takes back: the wishes on the same facets, else the last."""
        facets = set(facets_of(new.target))
        kept = [w for w in wishes if not facets & set(facets_of(w.target))]
        return kept if len(kept) < len(wishes) else wishes[:-1]

    def _one_value_each(self, felt: list[Felt]) -> list[Felt]:
        """ "Rom com" asks for Romance and for Comedy: a word for two values of one facet is two wishes. Refused, it
        stands for the rarer of them: who wants no rom com does not mean every comedy. "European" is one of many countries, for an
        item has one alone."""
        parts: list[Felt] = []
        for f in felt:
            phrases: tuple[Phrase, ...] = f.span.payload if f.span.kind == "facet" else ()
            if (
                len(phrases) < 2
                or len({p.facet for p in phrases}) > 1
                or phrases[0].surname
                or phrases[0].either
                or not self.catalog.spec.facets[phrases[0].facet].many
            ):
                parts.append(f)
                continue
            if f.feeling in ("refuse", "avoid", "dislike"):
                phrases = (min(phrases, key=lambda p: self.catalog.count(p.facet, p.value)),)
            parts += [replace(f, span=replace(f.span, payload=(p,)), joined=False) for p in phrases]
        return parts

    def _either(self, f: Felt, old: Wish, new: Wish) -> bool:
        """Whether two values side by side mean "one of them": joined by "or", or plural, or of a single-valued facet."""
        if isinstance(old.target, RangeTarget) and isinstance(new.target, RangeTarget):
            same = old.target.facet == new.target.facet and old.polarity == new.polarity
            return (
                same
                and re.search(r"(?<!\w)(?:or|and)(?!\w)", f.joint) is not None
                and overlap(old.target, new.target)
            )
        if not (isinstance(old.target, FacetTarget) and isinstance(new.target, FacetTarget)):
            return False
        if f.joined and old.polarity == new.polarity == "+" and re.search(r"(?<!\w)or(?!\w)", f.joint):
            return True  # of two facets as well: "street food or japanese"
        if (
            not f.joined
            or old.polarity != new.polarity
            or not set(old.target.facets) & set(new.target.facets)
        ):
            return False
        if new.polarity == "-":
            return False  # each refusal stands by itself
        if re.search(r"(?<!\w)(?:or|either)(?!\w)|/", f.joint):
            return True
        single = not any(self.catalog.spec.facets[name].many for name in new.target.facets)
        person = any(self.catalog.spec.facets[name].role == "person" for name in new.target.facets)
        plural = new.words.lower().endswith("s") and old.words.lower().endswith("s")
        return single or (plural and not person and bool(f.joint.strip()))

    def _joined(self, old: Target, new: Target) -> Target:
        """Two targets of one kind as "either of them"."""
        if isinstance(old, RangeTarget) and isinstance(new, RangeTarget):
            lows, highs = (old.low, new.low), (old.high, new.high)
            low = None if None in lows else min(n for n in lows if n is not None)
            high = None if None in highs else max(n for n in highs if n is not None)
            return RangeTarget(old.facet, low, high)
        if isinstance(old, FacetTarget) and isinstance(new, FacetTarget):
            # "with De Niro or Pacino", "in Italian or French": the cue of the first holds for the second
            shared = tuple(f for f in old.facets if f in new.facets)
            values = tuple(dict.fromkeys(old.values + new.values))
            if shared:
                values = tuple(v for v in values if any(self.catalog.count(f, v) for f in shared))
            return FacetTarget(shared or (*old.facets, *new.facets), values)
        return new

    def _wish(self, f: Felt, line: Message) -> Wish | None:
        if f.span.kind not in WISHED or f.feeling == "neutral":
            return None
        if f.feeling in ("seen", "unseen", "accept") and f.span.kind != "range":
            return None
        words = line.quote(f.span.start, f.span.end)
        target = target_of(f, line)
        polarity: Polarity = "-" if f.feeling in ("refuse", "avoid", "dislike") else "+"
        strength: Strength
        if polarity == "-" and isinstance(target, FacetTarget):
            target = _with_namesakes(target, f.span.payload)
        if polarity == "-":
            strength = "avoid" if f.feeling == "avoid" or (f.soft and not f.firm) else "never"
        elif isinstance(target, KeywordTarget):
            strength = "must" if f.firm and f.span.kind == "keyword" else "prefer"
        else:
            strength = "prefer" if (f.soft or f.feeling == "like") and not f.firm else "must"
        if isinstance(target, RangeTarget) and polarity == "-":
            open_ended = (target.low is None) != (target.high is None)
            if not f.span.payload.refusable:
                polarity, strength = "+", "must"
            elif open_ended:
                step = 1.0
                flipped = RangeTarget(
                    target.facet,
                    None if target.high is None else target.high + step,
                    None if target.low is None else target.low - step,
                )
                target, polarity, strength = flipped, "+", "must" if strength == "never" else "prefer"
        insisted = (f.firm or self._is_limit(f)) and polarity == "+" and strength == "must"
        return Wish(polarity, strength, target, words, f.span.start, f.lasting, insisted)

    def _is_limit(self, f: Felt) -> bool:
        """Whether it bounds an ordered facet: "PG-13 at most", "for a six-year-old". What suits a child gives way to
        nothing unasked."""
        phrases: tuple[Phrase, ...] = f.span.payload if f.span.kind == "facet" else ()
        return any(p.either and self.catalog.spec.facets[p.facet].order for p in phrases)


def _with_namesakes(target: FacetTarget, phrases: Sequence[Phrase]) -> FacetTarget:
    """ "No Bergman" refuses all of that name who may be meant: none of them comes."""
    others = [other for phrase in phrases for other in phrase.namesakes]
    return FacetTarget(
        tuple(dict.fromkeys((*target.facets, *(p.facet for p in others)))),
        tuple(dict.fromkeys((*target.values, *(p.value for p in others)))),
    )


def target_of(f: Felt, line: Message) -> Target:
    """What a span stands for, as the target of a wish."""
    if f.span.kind == "range":
        target: RangeTarget = f.span.payload.target
        return target
    if f.span.kind == "facet":
        phrases: tuple[Phrase, ...] = f.span.payload
        return FacetTarget(
            tuple(dict.fromkeys(p.facet for p in phrases)), tuple(dict.fromkeys(p.value for p in phrases))
        )
    if f.span.kind == "keyword":
        return KeywordTarget(f.span.payload[0].value)
    return KeywordTarget(line.text[f.span.start : f.span.end].lower())


def _outer(f: Felt, old: Wish, new: Wish) -> RangeTarget | None:
    """ "Before 1950 or after 2000": what lies between, which is ruled out; None when it is nothing of the kind."""
    a, b = old.target, new.target
    if not (isinstance(a, RangeTarget) and isinstance(b, RangeTarget)) or a.facet != b.facet or overlap(a, b):
        return None
    either = re.search(r"(?<!\w)or(?!\w)", f.joint) and old.polarity == new.polarity == "+"
    return either_side(a, b) if either else None
