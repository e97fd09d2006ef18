"""The words around the slate, by templates: brief, true, and first of all what did not go as wished."""

from collections.abc import Sequence

from agent.answer import Notice, SlateItem
from agent.parsing import Reading
from agent.replies.describing import count_text, describe_wish, listed, plural, with_article
from agent.retrieval.constraints import Allowed
from memory.preferences import CritiqueTarget, FacetTarget, ItemTarget, KeywordTarget, Preference, RangeTarget
from memory.session import Session
from tools.catalog import Catalog

NAMED_WISHES = 8
READ_BACK = 5  # wishes; of more only the latest message's are read back

SMALL_TALK = {
    "greeting": "Hello. Tell me {a_noun} you liked, or what you are in the mood for, and what to leave out.",
    "thanks": "You are welcome. Say so if you want more, or something different.",
    "help": "Say what you feel like in plain words: {plural} you liked or not, what to leave out, a time or a length. "
    "I keep what you said, and you can take any of it back.",
    "crisis": "I only suggest {plural}, and this matters more. Please talk to someone now: a person you trust, your local "
    "emergency number, or a crisis line (988 in the US, 116 123 in the UK; findahelpline.com lists others).",
    "small_talk": "I am a recommender, and only that. Tell me {a_noun} you liked, or what you are in the mood for.",
    "off_topic": "That is beyond me: I only suggest {plural}. What do you feel like?",
    "empty": "I did not get any words. What do you feel like?",
    "start_over": "All right, a clean slate. What do you feel like?",
    "unclear": "I could not make out a wish in that. Name {a_noun} you liked, a kind, a time or a person.",
    "foreign": "I only follow English so far, and could not make out a wish in that. Could you say it in English?",
}
RECALLED = 6  # titles of each kind, the latest


def small_talk(kind: str, catalog: Catalog) -> str:
    """The reply to a message that asks for nothing."""
    noun = catalog.spec.catalog.noun
    return SMALL_TALK[kind].format(a_noun=with_article(noun), plural=plural(noun))


def slate_reply(
    slate: Sequence[SlateItem],
    wishes: Sequence[Preference],
    allowed: Allowed,
    asked: int,
    catalog: Catalog,
    only_shown_left: bool = False,
    from_history: bool = False,
) -> str:
    """What is shown and why it is no more, or not quite what was asked. asked: items wanted. from_history: the person's
    own history chose them, so that not all need be well known."""
    noun = catalog.spec.catalog.noun
    relaxed = {p.id for p in allowed.relaxed}
    held = [p for p in wishes if p.id not in relaxed]
    if not slate:
        return (
            f"No {noun} is left after what you ruled out and have seen. Take something back, or start over."
        )
    parts: list[str] = []
    count = count_text(len(slate), noun)
    lead = count[:1].upper() + count[1:]
    phrase = _wish_phrase(held, catalog, whole=bool(allowed.relaxed))
    if all(any(e.kind == "unknown" for r in item.reasons for e in r.evidence) for item in slate):
        parts.append(f"None that I know to fit; {'this one' if len(slate) == 1 else 'these'} may: {phrase}.")
    elif allowed.relaxed:
        parts.append(
            f"{lead} that come{'s' if len(slate) == 1 else ''} closest{': ' + phrase if phrase else ''}."
        )
    elif len(slate) < asked:
        fits, fit = ("is left", "are left") if allowed.by_meaning else ("fits", "fit")
        only = f"Only {count} {fits if len(slate) == 1 else fit}"
        parts.append(
            f"{only}{': ' + phrase if phrase else '' if allowed.by_meaning else ' that'}{'; I have shown you the rest' if only_shown_left else ''}."
        )
    elif phrase:
        parts.append(f"{lead}: {phrase}.")
    else:
        parts.append(
            f"{lead}{'' if from_history else ' that is well known here' if len(slate) == 1 else ' that are well known here'}. "
            "Tell me one you liked, or what you are in the mood for."
        )
    if len(slate) < asked:
        parts += _little_known(held, catalog)
    unknown = [item for item in slate if any(e.kind == "unknown" for r in item.reasons for e in r.evidence)]
    if unknown:
        facets = {
            e.facet
            for item in unknown
            for r in item.reasons
            for e in r.evidence
            if e.kind == "unknown" and e.facet
        }
        labels = listed([catalog.spec.label(f) for f in catalog.spec.facets if f in facets])
        which = listed([item.title for item in unknown]) if len(unknown) <= 3 else f"{len(unknown)} of them"
        parts.append(f"I do not know the {labels} of {which}.")
    return " ".join(parts)


def _little_known(wishes: Sequence[Preference], catalog: Catalog) -> list[str]:
    """Says so when few were found because few are described: "I know the language of 2,397 of 9,066 films". Once is enough."""
    now = max((p.turn for p in wishes), default=0)
    facets = [
        p.target.facets
        for p in wishes
        if p.hard and p.polarity == "+" and p.turn == now and isinstance(p.target, FacetTarget)
    ]
    for names in facets:
        known, best = max((int(catalog.known(name).sum()), name) for name in names)
        if known < len(catalog) / 2:
            nouns = plural(catalog.spec.catalog.noun)
            return [f"I know the {catalog.spec.label(best)} of only {known:,} of {len(catalog):,} {nouns}."]
    return []


def _wish_phrase(wishes: Sequence[Preference], catalog: Catalog, whole: bool) -> str:
    """ "from 1990 to 1999, no War, like Heat (1995)": the wishes in force. Only what holds of every item is said flatly. Of many
    only the latest are named, unless whole."""
    wishes = [p for p in wishes if p.polarity == "+" or not isinstance(p.target, ItemTarget)]
    latest = max((p.turn for p in wishes), default=0)
    before = not whole and len(wishes) > READ_BACK and any(p.turn < latest for p in wishes)
    if before:
        wishes = [p for p in wishes if p.turn == latest]
    flat = [p for p in wishes if p.hard and not isinstance(p.target, ItemTarget | KeywordTarget)]
    flat.sort(key=lambda p: (p.polarity == "-", isinstance(p.target, RangeTarget)))
    parts = [describe_wish(p, catalog) for p in flat]
    parts += [
        describe_wish(p, catalog) for p in wishes if isinstance(p.target, KeywordTarget) and p.polarity == "-"
    ]
    leaning = [
        p for p in wishes if not p.hard and isinstance(p.target, FacetTarget | RangeTarget | CritiqueTarget)
    ]
    themes = [p for p in wishes if isinstance(p.target, KeywordTarget) and p.polarity == "+"]
    words = [describe_wish(p, catalog) for p in themes]
    likes = [p.target.title for p in wishes if isinstance(p.target, ItemTarget) and p.polarity == "+"]
    parts = parts[-NAMED_WISHES:]
    if leaning:
        # "rather Western, with Clint Eastwood and no War": what it is, what it has, what it has not
        said = [(p.polarity == "-", describe_wish(p, catalog).removeprefix("rather ")) for p in leaning]
        said.sort(key=lambda s: (s[0], s[1][:1].islower()))
        parts.append("rather " + listed([text for _, text in said[-3:]]))
    if words:
        parts.append("close to " + listed(words[-3:]))
    if likes:
        parts.append("like " + listed(likes[-3:]))
    latest_said = ", ".join(parts)
    return "; ".join(filter(None, (latest_said, "what you said before counts too" if before else "")))


def relaxed_notice(allowed: Allowed, catalog: Catalog, others: bool = False) -> list[Notice]:
    """Which wishes gave way, said before anything is shown. others: what fits was shown, seen or turned down."""
    if not allowed.relaxed:
        return []
    refused = [h.preference.target for h in allowed.wishes if h.preference.polarity == "-"]
    against = [p for p in allowed.relaxed if isinstance(p.target, FacetTarget) and p.target in refused]
    if against:
        said = listed([describe_wish(p, catalog) for p in against])
        return [Notice("contradiction", f"You both asked for and ruled out {said}; I kept the refusal.")]
    said = listed([describe_wish(p, catalog) for p in allowed.relaxed])
    return [
        Notice(
            "relaxed",
            f"Nothing {'else ' if others else ''}in the catalogue fits all of that, so I let go of: {said}.",
        )
    ]


def not_found_notices(reading: Reading, catalog: Catalog, near: Sequence[Sequence[int]]) -> list[Notice]:
    """Titles and people the catalogue does not have. near: for each, rows of items with like names."""
    notices = []
    for title, rows in zip(reading.unknown_titles, near, strict=True):
        short = title if len(title) <= 60 else title[:57] + "…"
        hint = f" Did you mean {listed([catalog.items[row].title for row in rows], 'or')}?" if rows else ""
        notices.append(
            Notice("title_not_found", f"I know no {catalog.spec.catalog.noun} called “{short}”.{hint}")
        )
    notices += [
        Notice("name_not_found", f"I know nobody called “{name[:60]}” here.")
        for name in reading.unknown_names
    ]
    if reading.unawarded:
        text = f"The catalogue does not say which {plural(catalog.spec.catalog.noun)} won anything."
        notices.append(Notice("awards_unknown", text))
    if reading.unrated:
        text = f"The catalogue does not say how well {plural(catalog.spec.catalog.noun)} are rated."
        notices.append(Notice("ratings_unknown", text))
    if reading.uncounted:
        text = f"Nothing tells how well known {plural(catalog.spec.catalog.noun)} are here."
        notices.append(Notice("fame_unknown", text))
    return notices


def conflict_reply(said: Sequence[str], catalog: Catalog) -> str:
    """Said when nothing fits all the musts."""
    return (
        f"No {catalog.spec.catalog.noun} here is all of that: {'; '.join(said)}. I let none of it go unasked."
    )


def recall(session: Session, catalog: Catalog) -> str:
    """ "What did I tell you so far?": the wishes in force, and what was said of items before."""
    said = [describe_wish(p, catalog) for p in session.wishes]
    about = {p.target.item_id for p in session.wishes if isinstance(p.target, ItemTarget)}
    parts = [f"I keep: {'; '.join(said)}."] if said else []
    for kind, verb in (("liked", "liked"), ("disliked", "disliked"), ("seen", "have seen")):
        ids = [i for i in session.items_with([kind]) if i not in about and i in catalog.rows]
        titles = [catalog.item(i).title for i in ids[-RECALLED:]]
        more = f" and {len(ids) - len(titles)} more" if len(ids) > len(titles) else ""
        parts += [f"You {verb} {listed(titles)}{more}."] if titles else []
    return " ".join(parts) or "Nothing so far that I keep."
