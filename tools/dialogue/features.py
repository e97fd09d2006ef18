"""What speaks for each item at a turn of a dialogue, as numbers for the learned fusion."""

import re
from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from tools.dialogue.counts import Floats, Together
from tools.dialogue.genre_words import GenreWords
from tools.dialogue.hearing import Hearing
from tools.dialogue.knowledge import ItemKnowledge
from tools.dialogue.memory import DialogueMemory
from tools.dialogue.recorded import PEOPLE, RecordedTurn

NEWER = re.compile(r"\b(new|recent|latest|newer|theat\w*|out now)\b")
OLDER = re.compile(r"\b(old|older|classic|classics)\b")
FEW = 2.0  # sets added to the count of a named item, so that one companion of a rare item is no certainty
SHRINK = 3.0
LIKED_SHRINK = 10.0  # of cosines over users
DIALOGUES_PRIOR, USERS_PRIOR = 20.0, 300.0  # companions as if seen by popularity alone, in a lift
USUAL_YEAR = 2005.0
YEARS_UNTOLD = 15.0
TINY = 1e-7

AT_ALL = (
    "named",
    "recommended",
    "liked",
    "star_fame",
    "age",
    "log_age",
    "no_year",
)
BY_MENTIONED = (
    "with",
    "with_last",
    "with_cosine",
    "with_count",
    "after",
    "with_lift",
    "liked_with",
    "liked_with_best",
    "liked_with_last",
    "liked_with_lift",
    "text",
    "text_best",
    "text_last",
    "genre",
    "genre_best",
    "genre_last",
    *(f"{role}{how}" for role in PEOPLE for how in ("", "_best")),
    "title_word",
    "title_word_last",
    "years_apart",
    "years_later",
    "age_of_both",
)
BY_WORDS = (
    "said_last",
    "said_by_seeker",
    "said",
    "said_plain",
    "like_said_last",
    "like_said_by_seeker",
    "like_said",
    "person",
    "person_last",
    "genre_said",
    "genre_said_last",
    "genre_named",
    "genre_cosine",
    "newer",
    "older",
)
OF_THE_TURN = ("mentioned", "turns", "genre_was_said")
NAMES = (*AT_ALL, *BY_MENTIONED, *BY_WORDS, *OF_THE_TURN)


class TurnFeatures:
    """Numbers for every item at a turn: of the item alone, of it and what was mentioned, of it and what was said."""

    def __init__(self, knowledge: ItemKnowledge, memory: DialogueMemory, liked: Together) -> None:
        self.knowledge = knowledge
        self.memory = memory
        self.liked = liked
        self._genre_words = GenreWords(knowledge.genre_rows)
        self._roles = {role: knowledge.people[role].T.tocsc() for role in PEOPLE}
        self._words = knowledge.words.T.tocsc()
        stars = sp.csr_matrix(knowledge.has_person["star"])
        fame = stars @ (stars.T @ memory.named)  # how often all films of an item's stars are named
        self._at_all = self._alone(np.asarray(np.log1p(fame), np.float32))

    def of(self, turn: RecordedTurn, hearing: Hearing, number: int) -> Floats:
        """(items, len(NAMES)) for a turn. number: its place in `hearing`."""
        values = self._at_all | self._by_mentioned(turn) | self._by_words(turn, hearing, number)
        return np.stack([np.broadcast_to(values[name], len(self.knowledge)) for name in NAMES], 1)

    def _alone(self, fame: Floats) -> dict[str, Floats]:
        ages = self.knowledge.ages
        return {
            "named": np.log1p(self.memory.named),
            "recommended": np.log1p(self.memory.recommended),
            "liked": np.log1p(self.liked.counts),
            "star_fame": fame,
            "age": ages / 10,
            "log_age": np.log1p(ages),
            "no_year": (self.knowledge.years == 0).astype(np.float32),
        }

    def _by_mentioned(self, turn: RecordedTurn) -> dict[str, Floats]:
        mentioned = list(turn.mentioned)
        zero = np.zeros(len(self.knowledge), np.float32)
        if not mentioned:
            return dict.fromkeys(BY_MENTIONED, zero)
        values = self._together(mentioned)
        known = self.knowledge
        for name, near in (
            ("text", known.plain[mentioned] @ known.plain.T),
            ("genre", known.genre_units[mentioned] @ known.genre_units.T),
        ):
            values |= {name: near.mean(0), f"{name}_best": near.max(0), f"{name}_last": near[-1]}
        for role in PEOPLE:
            near = np.asarray((known.people[role][mentioned] @ self._roles[role]).todense())
            values |= {role: near.sum(0), f"{role}_best": near.max(0)}
        near = np.asarray((known.words[mentioned] @ self._words).todense())
        values |= {"title_word": near.max(0), "title_word_last": near[-1]}
        return values | self._years(mentioned)

    def _together(self, mentioned: Sequence[int]) -> dict[str, Floats]:
        """Companions in dialogues, and among what users liked."""
        memory, liked, count = self.memory, self.liked, self.memory.named
        rows = [memory.together.row(m) for m in mentioned]
        shares = [row / (count[m] + FEW) for m, row in zip(mentioned, rows, strict=True)]
        cosines = [memory.together.cosine(m, SHRINK) for m in mentioned]
        after = [memory.following.row(m) / (count[m] + FEW) for m in mentioned]
        users = np.stack([liked.cosine(m, LIKED_SHRINK) for m in mentioned])
        liked_rows = [liked.row(m) for m in mentioned]
        return {
            "with": _total(shares),
            "with_last": shares[-1],
            "with_cosine": _total(cosines),
            "with_count": _total(rows),
            "after": _total(after),
            "with_lift": _lift(rows, count, 0.25, DIALOGUES_PRIOR),
            "liked_with": users.sum(0),
            "liked_with_best": users.max(0),
            "liked_with_last": users[-1],
            "liked_with_lift": _lift(liked_rows, liked.counts, 0.3, USERS_PRIOR),
        }

    def _years(self, mentioned: Sequence[int]) -> dict[str, Floats]:
        years = self.knowledge.years
        told = [years[m] for m in mentioned if years[m] > 0]
        usual = float(np.mean(told)) if told else USUAL_YEAR
        dated = years > 0
        age = (self.knowledge.newest - usual) / 10
        apart = np.where(dated, np.abs(years - usual), YEARS_UNTOLD) / 10
        later = np.where(dated, years - usual, 0) / 10
        return {
            "years_apart": apart.astype(np.float32),
            "years_later": later.astype(np.float32),
            "age_of_both": np.asarray(self.knowledge.ages / 10 * age, np.float32),
        }

    def _by_words(self, turn: RecordedTurn, hearing: Hearing, number: int) -> dict[str, Floats]:
        known = self.knowledge
        last, seeker, both = hearing.gist(number)
        alike = self.memory.after_words((last, seeker, both))
        person, person_last = known.people_named(turn.named)
        spoken = " ".join(turn.utterances[::2]).lower()
        by_seeker = self._genre_words.find(spoken)
        in_last = self._genre_words.find(turn.utterances[-1] if turn.utterances else "")
        named = self._genre_words.find(" ".join(turn.named))
        wanted = np.minimum(by_seeker + named, 1) * known.genre_weights
        ages = known.ages / 10
        return {
            "said_last": known.plain @ last,
            "said_by_seeker": known.plain @ seeker,
            "said": known.plain @ both,
            "said_plain": known.texts @ both,
            "like_said_last": np.log1p(100 * alike[0]),
            "like_said_by_seeker": np.log1p(100 * alike[1]),
            "like_said": np.log1p(100 * alike[2]),
            "person": person,
            "person_last": person_last,
            "genre_said": known.genres @ (by_seeker * known.genre_weights),
            "genre_said_last": known.genres @ (in_last * known.genre_weights),
            "genre_named": known.genres @ (named * known.genre_weights),
            "genre_cosine": known.genre_units @ (wanted / (np.linalg.norm(wanted) + 1e-6)),
            "newer": ages * bool(NEWER.search(spoken)),
            "older": ages * bool(OLDER.search(spoken)),
            "mentioned": np.float32(min(len(turn.mentioned), 8) / 4),
            "turns": np.float32(min(len(turn.utterances), 15) / 8),
            "genre_was_said": np.float32(by_seeker.any()),
        }


def _total(rows: Sequence[Floats]) -> Floats:
    return np.asarray(np.sum(rows, axis=0), np.float32)


def _lift(rows: Sequence[Floats], counts: Floats, floor: float, prior: float) -> Floats:
    """How much likelier each item is beside the mentioned ones than by popularity, in logs. rows: companions of each. (items,)

    `prior` companions are added to each row as if drawn by popularity.
    """
    popularity = np.maximum(counts, 0) + floor
    popularity = popularity / popularity.sum()
    shares = [(row + prior * popularity) / (row.sum() + prior) for row in rows]
    mixed = np.mean(shares, axis=0)
    return np.asarray(np.log(mixed + TINY) - np.log(popularity + TINY), np.float32)
