"""The English of wishing: which words before (or after) a thing say what is felt about it.

Each table is tried from its top; the pattern that ends nearest to the thing decides, the longer one on a tie.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Feeling = Literal[
    "want", "like", "refuse", "avoid", "neutral", "dislike", "seen", "unseen", "similar", "ask", "accept"
]


SENTENCE_END = re.compile(r"(?:(?<!\.)\.(?!\.)|[!?;])(?:\s|$)|\n")
TITLE_FEELINGS = frozenset({"like", "dislike", "seen", "unseen", "similar", "ask", "accept"})


@dataclass(frozen=True)
class Cue:
    """A pattern and what it says."""

    feeling: Feeling
    pattern: re.Pattern[str]


def _cue(feeling: Feeling, words: str) -> Cue:
    return Cue(feeling, re.compile(rf"(?<![\w'])(?:{words})(?![\w'])"))


NOT = (
    r"(?:do not|don't|dont|did not|didn't|didnt|does not|doesn't|doesnt|can not|cannot|can't|cant|never|not)"
)
ANY_NOUN = r"things?|items?|stuff|ones?"  # beside what the catalogue calls its items
# "I think a comedy" wishes for one, "I think comedies are dull" does not, and "I think so" says nothing
NO_STATEMENT = r"[^.!?,;]*(?<!\w)(?:is|isn't|are|aren't|was|were|sucks?|has|have|had|should|can|can't|could|will|won't|would|do|does|did|don't|doesn't|didn't|i|we|i've|i'm|i'd|it|it's|that's|you|so|not)(?![\w'])"
# "I don't think horror is for me": what stands before and after it
DOUBT = rf"{NOT} think (?:that )?(?:the |an? |any )?"
NOT_MINE = r"\s+(?:\w+ )?(?:is|are|was|were|would be|will be) (?:really |quite |exactly |something )*(?:for (?:me|us|her|him|them|tonight)|my (?:thing|cup of tea|style|taste)|right for (?:me|us)|what (?:i|we)(?:'m|'re| am| are)? (?:want|need|after|looking for))(?!\w)"
DOUBTED = (re.compile(rf"(?<![\w'])(?:{DOUBT})$"), re.compile(NOT_MINE))
# what befalls who has had too much of it: "I fall asleep if it's over two hours"
OFF = r"(?:(?:falls?|fell) asleep|nods? off|drifts? off|dozes? off|(?:gets? |am |'m |is )?(?:bored|restless|fidgety)|fidgets?|loses? (?:interest|focus|it))"
WHO = r"(?:my |our |the )?(?:kids?|children|wife|husband|partner|son|daughter|friends?|mum|mom|dad|mother|father|sister|brother|girlfriend|boyfriend|family)"


def _before(noun: str) -> tuple[Cue, ...]:
    """What the words before a thing say of it. noun: a pattern of what the items are called."""
    return (
        _cue(
            "neutral",
            rf"not (?:just|only|necessarily|exclusively|merely|solely)|(?:do|does)(?:n't| not) (?:have|need) to be|need not be|{NOT} (?:really )?mind|(?:ok|okay|fine|cool) with|no problem with|{NOT} (?:dislike|hate)|{NOT} care (?:if|whether|about)",
        ),
        _cue(
            "unseen",
            r"(?:seen|watched|read|tried) nothing (?:by|with|from|of)|(?:haven't|havent|have not|never|not|hasn't|didn't|did not)(?: yet| really| actually| ever)? (?:seen|watched|saw|see|watch|tried|read|heard of|used|got (?:around|round) to|been to|visited|eaten at|gone to|worn|owned)",
        ),
        _cue(
            "seen",
            r"(?:i |i've |i have |we |we've |we have |already |just |recently |have |had )*(?:(?<=i )was at|(?<=we )were at|(?:already|just) (?:has|owns|knows|had)|has already (?:got|read|seen|played)?|seen|watched|saw|started|finished|rewatched|tried|done|visited|read|been to|eaten at|ate at|went to|know|own|bought|wore|worn|ordered|played|already got|already have|(?<=i)'ve got|(?<=we)'ve got)(?: already| both| all| of)*"
            r"|(?:i |we )(?:already |just |recently )*(?:had|have)(?: already| both| all| of)* (?=the )",
        ),
        _cue(
            "dislike",
            rf"hate[sd]?|despise[sd]?|loathed?|dislikes?|disliked|detest(?:ed)?|g[ai]ven? up on|{NOT} (?:really |particularly |much |even )?(?:like|liked|love|loved|enjoy|enjoyed|care for|get into|stand|finish|rate)"
            r"|couldn't (?:even )?(?:finish|stand|get through|get into)|could not (?:finish|stand|get through)|can't (?:stand|bear)|cannot stand"
            r"|(?:was|were|am|i'm|im|is|are) (?:not|never) (?:really |exactly |much of )?(?:a |an )?(?:(?:big |huge |great )?fans? of|into|keen on)|wasn't (?:a fan of|into|keen on)"
            r"|not (?:really |exactly |much of |huge |too |very |so |that |particularly )?(?:a |an )?(?:(?:big |huge |great |massive )?fans? of|into|keen on|big on|hot on|mad about|crazy about)"
            r"|bored by|disappointed by|(?:sick|tired|bored) of|fed up (?:with|of)|had enough of|enough of|walked out of|gave up on|fell asleep (?:in|during|watching)|turned off|less like|nothing like|bounced off|halfway through|asleep (?:in|during|watching|through)|(?:can't|cannot|couldn't) (?:tell you why|see why|understand why) (?:everyone|everybody|people|anyone|they) \w+(?: about)?|(?:really |so |desperately )*wanted to (?:like|love|enjoy)|not (?:really )?my (?:cup of tea|thing|style|taste|bag),?|overrated:?|can't say i(?:'m| am|'ve)? (?:ever )?(?:into|a fan of|like|love|liked|loved|enjoy|enjoyed)|used to (?:like|love|enjoy)|i'?m (?:so |totally |kind of |just )*(?:over|done with|off)|no time for|waste of (?:time|money),?|what a (?:snoozefest|bore|mess|disappointment|letdown|waste|slog|dud)|regret (?:watching|seeing|buying)",
        ),
        _cue(
            "avoid",
            r"(?:not|nothing|isn't|aren't) (?:too|so|that|overly|very|super)|(?:way |far |much |a bit |a little |just |still )*(?<!not )(?<!nothing )too(?=\s*$)|less|fewer|rather not|prefer(?:ably)? (?:not|no)|ideally (?:not|no)"
            rf"|{NOT} (?:really |currently |exactly |quite |at all )*(?:in (?:the|a|any|much of a|an)? ?(?:right )?moo?d for|in the (?:right )?(?:moo?d|mindset|frame of mind) for|feeling(?: like)?|up (?:for|to))|in no moo?d for|not as|go easy on|tone down",
        ),
        # the longer expressions by themselves: in one pattern "never" would win over "never want to see"
        _cue(
            "refuse",
            r"(?:scared|afraid|frightened|terrified|sick) (?:of|by)|allergic to|(?:neither|none|nobody|no one)(?: of (?:us|them))? (?:likes?|wants?|enjoys?)|never want to (?:see|watch|hear of)|can't (?:handle|eat|have|drink|do|take|wear)"
            rf"|(?:anything|everything|anyone|anywhere|anybody|all|(?:any|every) (?:{noun}|{ANY_NOUN})) (?:but|except|other than)|other than|apart from|aside from|skip|leave out|minus|veto(?:es|ed)?"
            rf"|(?:me |i |we |he |she )?(?:no|not) (?:like|want|enjoy)|{OFF} (?:\w+ ){{0,2}}(?:if|when|once|after)(?: (?:it|they|that|the \w+|a \w+|something))?(?:'s| is| are| goes| runs| lasts| gets)?"
            r"|(?:can't|cannot|couldn't|can not) (?:sit through|sit still for|manage|face|concentrate for)(?: anything)?"
            rf"|{NOT} (?:really )?(?:want|need|show me|give me|recommend|suggest|include|like to (?:see|watch)|do|watch|eat|wear|feel like)(?: to (?:see|watch|have|eat))?(?: me)?(?: any| another| anything)?(?: (?:with|by|from|in))?"
            rf"|rather not (?:have|see|watch|get)(?: anything| any)?(?: (?:with|by|from|in))?"
            rf"|nothing (?:with|by|from|about|involving|like|in)|no (?:{noun}|{ANY_NOUN}|more) (?:with|by|from|about|in|of)|stay away from|keep away from|hold the|no to|(?<!good )(?<!well )enough(?=\s*$)|instead of|rather than",
        ),
        _cue(
            "refuse",
            r"(?:a )?(?:break|rest|change) from|no(?: more)?(?!\s*(?:[,.;!?]|[-–—]+\s))|not(?!\s*[,.;!?])|nothing|without|w/o|avoid|avoiding|except(?: for)?|excluding|exclude|never|none|nor|neither|isn't|aren't|ain't|non|doesn't|don't have",
        ),
        _cue(
            "similar",
            rf"(?:something|anything|{noun}|{ANY_NOUN}|more|that's|else|another|be|is|feels|just|much|exactly|bit|kind of|sort of|along|similar|vibes?|somewhere|anywhere|place) like"
            r"|similar (?:to|as)|as (?:good|great|funny|scary) as|(?:same|that) (?:itch|buzz|feeling|magic) as|(?:energy|feel|feeling|spirit|tone|style|vibe|mood|humou?r|magic|look) of|along the lines of|in the (?:vein|style|spirit) of|reminiscent of|reminds? me of|comparable to|close to|akin to|resembl(?:es|ing)|more of|fans? who liked|same (?:vibe|mood|feel|style) as|vibes? of|if i (?:liked|loved|enjoyed)",
        ),
        _cue(
            "like",
            r"(?:really |absolutely |totally |just |also |still |both |do |did |quite |very much )*(?:lov+ed?|loves|lov|luv(?:ed|s)?|liked?|likes|liek|enjoyed?|enjoys|adored?|adores|appreciated?|dug)(?: was| is)?"
            rf"|(?:{WHO}|he|she|they) (?:really |absolutely |just )*(?:lov+ed?|loves|likes?|liked|adore[sd]?|enjoy(?:s|ed)?)"
            rf"|what a (?:{noun}|ride|gem|masterpiece|treat|blast)"
            r"|never (?:tire|tired|get tired|get bored|bored) of"
            r"|fans? of|favou?rites?(?: \w+)?(?: (?:is|are|was|were|include|includes|of))?|(?:big|huge) on|obsessed with|(?:can't|cannot|couldn't|can not|never) get enough of|swears? by|still thinking about|raves? about|fell (?:\w+,? ){0,5}(?:for|in love with)|underrated:?|i'd (?:take|pick|choose)|used to (?:hate|dislike|avoid)|soft spot for|sucker for|a thing for|devoured|worn out (?:our|my|the)|crazy about|keen on|into|amazed by|blown away by|rewatch(?:ing)?|grew up (?:with|on)",
        ),
        _cue(
            "accept",
            r"i'?ll (?:take|watch|go (?:with|to|for)|try|have|pick|get|buy|book)|(?:let's|lets) (?:watch|go with|take|do|try|book|get|buy)|i (?:choose|pick|take)|going with|i'm going (?:to watch|with|for)|we'?ll (?:take|watch|go (?:with|to|for)|try|have|pick|book|get|do)"
            r"|sold,?(?: on)?|ordering|booking|book (?:me|us)|put me down for|yes to|perfect,",
        ),
        _cue(
            "ask",
            r"who (?:directed|made|stars in|is in|was in|wrote|plays in)|what(?:'s| is| was) (?:about)?|(?:have|did|do) you (?:ever )?(?:seen|got|have|know|heard of|like|think of)|(?:director|cast|plot|story|runtime|length|rating|year) of|tell me (?:more )?about|how long is|know about|when was|when did|what year (?:is|was)|compare|difference between|which is \w+",
        ),
        _cue(
            "want",
            r"(?:i(?:'d| would)? )?(?:want|wanna|need|(?<=he )(?:wants|needs|fancies|prefers)|(?<=she )(?:wants|needs|fancies|prefers)|(?<=they )(?:want|need|fancy|prefer)|like to (?:see|watch|have|eat|try)|love to (?:see|watch)|prefer|feel like|look(?:ing)?(?: for)?|craving|crave|search(?:ing)? for|search|after)"
            r"|(?:i(?:'d| would)|we(?:'d| would)) (?:much |actually |really |just |also |quite )*(?:like|love|enjoy|appreciate|rather (?:have|see|watch|eat|read|play|try|get|wear|go (?:for|with|to))|go for|settle for|be (?:happy|content|fine) with|say)"
            rf"|(?:{NOT}|won't|wouldn't) (?:really )?(?:want|like|watch|show me|give me|need|enjoy|stand|eat|read|play)(?: to (?:see|watch|have))? (?:anything|any(?: \w+)?) (?:but|except|other than|apart from)"
            r"|thinking (?:of|about|along the lines of|more (?:of|like))|(?:i'm|i am|we're|we are|i was|we were|just|was) thinking|lean(?:ing)? (?:more )?towards?|(?:could|can) (?:really )?(?:use|do with)|(?:hoping|itching|dying|longing|yearning|wishing|hankering|jonesing|aching) (?:for|after)|(?:hoping|itching|dying|longing|keen|eager) to (?:see|watch|eat|read|play|try|get|have|wear)"
            rf"|dreaming (?:of|about)|(?:have|had|has) in mind(?: (?:is|was))?|(?:heart|mind)(?:'s| is| was)? set on|(?:i'm|we're|i am|we are) set on|(?:i|we) (?:think|guess|suppose|reckon)(?: of)?(?!{NO_STATEMENT})"
            r"|(?:i|we) (?:should|could|might|may) (?:watch|see|eat|read|play|try|go for|have|get)"
            r"|(?:i|we|you)(?:'d| would| really| do)* fancy|^\W*(?:anyone )?fancy|in the mood for|give me|show me|recommend(?: me)?|suggest(?: me)?|find(?: me)?|get me|something|anything|somewhere|some|wouldn't (?:say no to|mind)|could go for|not (?:against|opposed to|averse to)|nothing against|(?:up|down) for|should (?:rather |really |preferably |ideally )?(?:have|be)|must have|has to have|needs? to have|make it|make that|how about|what about|maybe|ideally|perhaps|preferably|let's (?:see|watch|have|do)|must be|should be|has to be|needs? to be|only|just|instead",
        ),
    )


AFTER: tuple[Cue, ...] = (
    _cue(
        "dislike",
        r"(?:\w+ ){0,2}(?:was|is|were|are|felt|seemed) (?:\w+ ){0,2}(?:boring|awful|terrible|bad|dull|overrated|rubbish|dreadful|crap|a letdown|a let down|a disappointment|a slog|a snoozefest|a dud|a waste of \w+|a chore|painful|unwatchable|overhyped|mediocre|lame|pants|shite?|not all that|forgettable|underwhelming|(?:far |way |a bit |just |much )*too \w+|a bore|a mess|disappointing|annoying|horrible|stupid|trash|garbage|bland|tasteless|overpriced|not (?:good|great|for me|my (?:thing|taste|cup of tea)))",
    ),
    _cue(
        "dislike",
        r"(?:wasn't|isn't|weren't|aren't|was not|is not) (?:\w+ ){0,2}(?:good|great|for me|my (?:thing|taste|cup of tea|style)|fun|funny|interesting|it)",
    ),
    _cue(
        "dislike",
        r"(?:bored|annoyed|disappointed|irritated|scared|depressed) (?:me|us)(?: to (?:death|tears|sleep))?|(?:didn't|did not) (?:work|do it|do much|click)(?: for me)?|left me cold|did (?:nothing|zero|little|anything|much) for (?:me|us)|gave up(?: on it)?|turned it off|stank|stinks?|flopped|dragged|lost me|wasn't for me|let (?:me|us) down|ruined \w+|i'd rather (?:watch paint dry|not)|want my .{1,20} back|nearly ended|put me to sleep|sucks?|sucked|(?<!may be )not for me|not so much|not really(?=\W*$)|fell apart|gave me \w+|hurts? my \w+|never again|(?<!so )no(?=\W*$)",
    ),
    _cue(
        "like",
        r"(?:was|is|were|are|=|r|wuz) (?:[\w']+ ){0,3}(?:great|good|amazing|awesome|brilliant|wonderful|fantastic|excellent|fun|perfect|lovely|superb|a masterpiece|(?:one of )?(?:my |her |his |our |their |\w+'?s )?(?:all.time )?fav(?:ou?rite)?s?|incredible|the best|a gem|a classic|a banger|a treat|a joy|underrated|goated|flawless|a delight|gorgeous|magic|magical|top.notch|top tier|the only good|our go.to|my go.to|in my top \d+|a (?:yearly|regular|constant) rewatch|basically my whole|peak|best ever|beautiful|so good|gold|class|fire|lit|cool)|(?:even|much|way) better(?=\W*$|[,.!;])|blew me away|rocks|rules|made (?:me|us) (?:\w+ )?(?:cry|sob|laugh|smile|weep|giggle|chuckle|think|happy|feel \w+)|slaps?|slapped|bangs|hits different|lives rent free|holds up|never gets old|(?:bawled|cried|wept|laughed) (?:my|our) \w+|bawled|stole my heart|changed my life|got me hooked|(?:really )?(?:hit the spot|did it for me)|yes(?=\W*$)",
    ),
    _cue(
        "like",
        r"(?:both |all )?(?:look|looks|sound|sounds|seem|seems) (?:really |very |pretty )?(?:good|great|nice|fun|perfect|interesting|promising|cool)",
    ),
    _cue(
        "neutral",
        r"(?:was|is|were|are|felt) (?:also |just |only |kind of |kinda |pretty |quite )?(?:ok|okay|fine|alright|all right|so-so|so so|meh|mid|decent enough|average|nothing special)|(?:,|:|=)? ?meh|nothing special|nothing to write home about|it was (?:ok|okay|fine|alright)",
    ),
    _cue(
        "dislike",
        r"(?:and|but) (?:i |we )?(?:really |absolutely |just )?(?:hated|disliked|despised|didn't (?:like|enjoy)|couldn't (?:stand|finish|get through|get into|make it through|sit through)|gave up on|turned off) (?:it|them|that|those)",
    ),
    _cue(
        "like",
        r"(?:and|but)? ?(?:i |we |everyone |everybody )?(?:really |absolutely |just )?(?:lov+ed?|liked?|enjoyed|adored?) (?:it|them|that|those)",
    ),
    _cue("refuse", r"so no(?: thanks)?(?=\W*$)|no thanks?|nope|: no|- no"),
    _cue(
        "accept",
        r"it is(?=\W*(?:$|then|thanks|thank you|please|cheers|ta)\b)|it is(?=\W*$)|it is then|will do(?=\W*$)|then(?: please)?(?=\W*$)",
    ),
    _cue(
        "seen",
        r"(?:i(?:'ve| have)? )?(?:already )?(?:seen|watched|saw|been there|tried)(?: (?:it|that|them))?(?: already)?|(?:i )?already know|already(?=\W*$)",
    ),
)


LOOK_BACK = 200  # characters; the whole text for each of its words would take seconds for a message of one long sentence
FILLERS = frozenset({"anything", "something", "some", "only", "just"})
REFUSALS = frozenset({"refuse", "avoid", "dislike"})
ALSO = re.compile(r"(?<!\w)(?:too|also|as well|in addition)(?!\w)")
SOFT = re.compile(
    r"(?<!\w)(?:ideally|preferably|prefer|maybe|perhaps|if possible|would be nice|if you (?:have|can|got)|bonus|possibly|leaning|kind of|kinda|sort of|a bit|a little|slightly)(?!\w)"
)
FIRM = re.compile(
    r"(?<!\w)(?:must|has to|have to|needs? to|only|definitely|absolutely|strictly|always)(?!\w)"
)
ADDS = re.compile(
    r"^\W*(?:(?:ok|okay|yes|hmm|well)\W+)*(?:or|also)(?!\w)|(?<!\w)(?:would (?:also )?(?:do|work|be (?:fine|ok|okay|good))(?: too| as well)?|works? too|is (?:fine|ok|okay|good) too|^[^,.;]*(?:as well|too))(?=\W*$)"
)
CORRECTION = re.compile(
    r"^\W*(?:(?:hmm+|um|oh|well|ah)\W+)?(?:no|nope|nah)(?:\s*[,.…;!]+|\s+[-–—]+)\s*(?:no,?\s+)*(?=(?!thanks|thank|more|idea|problem|one|no|not)\w)|(?<!\w)(?:actually|instead|rather|on second thoughts?|scratch that|i meant|we meant|i mean|make (?:it|that)|changed my mind|switch to|(?:what|how) about|let's go with|go for)(?!\w)"
)


class Cues:
    """The expressions of feeling, with the catalogue's own nouns in them ("no shoes with …", "places like …")."""

    def __init__(self, nouns: Iterable[str]) -> None:
        noun = "|".join(re.escape(n) for n in sorted(nouns, key=len, reverse=True)) or "items?"
        self.noun = noun
        self.connectors = re.compile(
            rf"(?<![\w'])(?:and|or|nor|also|plus|any|the|a|an|of|all|other|some|as well as|as well|especially|with|by|from|in|already|yet|kind|type|sort|both|either|neither|stuff|kinds|types|sorts|really|very|too|please|{noun})(?![\w'])|[,&/\-–—()\"]"
        )
        # words between a verb and the title it takes: "watching the film called …"
        self.leading = re.compile(
            rf"^(?:(?:the|a|an|that|this|these|those|my|our|some|all|both|every|whole|entire|of|two|three|four|five|old|new|one|called|named|show|watching|seeing|see|watch|{noun})\s+)+"
        )
        self._but_for = re.compile(rf"(?<!\w)(?:any|every) (?:{noun}|{ANY_NOUN}) but$")
        self.before = _before(noun)
        self.after = AFTER

    def but_for(self, text: str) -> bool:
        """Whether a "but" at the end of a text leaves out what comes: "any film but horror"."""
        return self._but_for.search(text) is not None

    def last(self, text: str, within: int = LOOK_BACK) -> tuple[Feeling, int, int] | None:
        """The feeling whose pattern ends last in the text, and where it begins and ends; None when none is there.

        within: characters before the end of the text in which a pattern may begin.
        """
        found = self._ending_last(text, len(text), within)
        if found is not None and found[0] == "want" and text[found[1] : found[2]] in FILLERS:
            # "not in the mood for anything …", "don't show me anything …": the word only carries the refusal on
            earlier = self._ending_last(text, found[1], within)
            if earlier is not None and earlier[0] in REFUSALS and not text[earlier[2] : found[1]].strip():
                return earlier
        return found

    def _ending_last(self, text: str, stop: int, within: int) -> tuple[Feeling, int, int] | None:
        """As `last`, of the text before a place; of several that end there the longest."""
        best: tuple[int, int, int, Feeling] | None = None
        for rank, cue in enumerate(self.before):
            for match in cue.pattern.finditer(text, max(stop - within, 0), stop):
                found = (match.end(), match.end() - match.start(), -rank, cue.feeling)
                if best is None or found[:3] > best[:3]:
                    best = found
        return None if best is None else (best[3], best[0] - best[1], best[0])

    def first_after(self, text: str) -> Feeling | None:
        """The feeling whose pattern begins first in the words after a thing, and near to it."""
        best: tuple[int, int, Feeling] | None = None
        for rank, cue in enumerate(self.after):
            match = cue.pattern.search(text)
            if match and match.start() <= 12 and (best is None or (match.start(), rank) < best[:2]):
                best = (match.start(), rank, cue.feeling)
        return best[2] if best else None

    def everywhere(self, text: str) -> Iterator[re.Match[str]]:
        """Every expression of feeling in a text."""
        for cue in (*self.before, *self.after):
            yield from cue.pattern.finditer(text)
