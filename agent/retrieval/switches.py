"""What of the agent may be switched off, for measuring what each part is worth. All is on in use."""

from dataclasses import dataclass, fields, replace

from agent.retrieval.querying import Query
from tools.errors import UserInputError


@dataclass(frozen=True)
class Switches:
    """The parts of the agent that are at work. A part that is off neither proposes items nor scores them; hard wishes are
    kept whatever is off, except without `wishes`.

    sequence: what the person did with items. keywords: the keyword graph and the catalogue's keywords. vectors: the
    search by meaning, likeness of texts, and critiques of a quality, which are measured on texts. rerank: the tuned
    re-ranker and a language model's. ask: questions back. wishes: everything that was said; without it only the history
    speaks, and what the person knows is still left out.
    """

    sequence: bool = True
    keywords: bool = True
    vectors: bool = True
    rerank: bool = True
    ask: bool = True
    wishes: bool = True

    @classmethod
    def without(cls, names: str) -> "Switches":
        """All on but the parts named between commas. Raises UserInputError for an unknown one."""
        off = [name.strip() for name in names.split(",") if name.strip()]
        known = [field.name for field in fields(cls)]
        for name in off:
            if name not in known:
                raise UserInputError(f"no part {name!r} to leave out; there are: {', '.join(known)}")
        return replace(cls(), **dict.fromkeys(off, False))

    @property
    def name(self) -> str:
        """ "all parts", "without sequence and ask", "history only"."""
        off = [field.name for field in fields(self) if not getattr(self, field.name)]
        if off == ["wishes"]:
            return "history only"
        return f"without {' and '.join(off)}" if off else "all parts"

    def heard(self, query: Query) -> Query:
        """The query as far as the parts that are on may know of it."""
        if not self.sequence:
            query = replace(query, history=())
        if not self.keywords:
            query = replace(query, phrases=(), phrase_weights=())
        if not self.vectors:
            query = replace(query, words="", critiques=())
        if not self.wishes:
            said = replace(query, seeds=(), seed_weights=(), disliked=(), phrases=(), phrase_weights=())
            query = replace(said, words="", soft=(), critiques=(), unlike=())
        return query


ALL_ON = Switches()
ABLATIONS = tuple(Switches.without(n) for n in ("sequence", "keywords", "vectors", "rerank", "ask", "wishes"))
