"""What a message as a whole wants."""

import re
from collections.abc import Sequence

from agent.parsing.english.clean_slate import clean_slate
from agent.parsing.english.fame import FAME_WORDS
from agent.parsing.reading import Intent
from agent.words import comparative
from memory.preferences import FAME
from tools.catalog import CatalogSpec


def _p(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{words})(?![\w'])")


ABOUT_ME = re.compile(r"\b(?:about me|my (?:profile|tastes?|history|data))\b")
UNDO = _p(
    r"undo(?: (?:that|it|this|the last (?:one|thing|wish|bit|part)|my last \w+))?|take (?:that|it) back|scratch that|forget (?:that|it|what i (?:just )?said|the last (?:one|thing|bit))(?: last)?|never ?mind(?: that)?|go back(?: one(?: step)?)?|ctrl z|i take (?:that|it) back|ignore (?:that|what i (?:just )?said)|oops,? (?:no|undo)"
)
FORGET = re.compile(
    r"\b(?:g[ai]ve up on|forget|drop|remove|ignore|lose|clear|delete|scrap|cancel|take (?:out|off|away|back)|get rid of|disregard|undo|skip)\b (?:what i said |(?:the|my|that) (?:wish|filter|rule|preference|thing|bit|part|limit|restriction|stuff)s? )?(?:about |for |on )?"
    r"|\bnever ?mind\b(?: about)?|\bany (?=language|length|year|country|genre|director|cast|runtime|price|colour|city|brand)|\bno need for\b|\bdoes(?:n'?t| not) (?:have|need) to be\b|\b(?:does|do)(?:n'?t| not)(?: really| actually)? matter\b|\bdon'?t care (?:about|how|if|what|which)\b|\b(?:is|are) (?:fine|ok|okay) after all\b|\bwhatever (?=length|year|price|language)|\b(?:is|are) no (?:object|issue|problem)\b|\bno longer (?:need|care|mind)\b"
)
FORGET_ONLY = re.compile(
    r"^\W*(?:(?:ok|okay|actually|please|and|oh|hmm|um|you know what|on second thoughts?)\W+)*(?:(?:i |we )?(?:'ll )?g[ai]ve up on|forget|drop|remove|ignore|lose|clear|delete|scrap|cancel|(?:i )?take|get rid|disregard|undo|never ?mind|skip)\b"
)
GREETING = re.compile(
    r"^(?:oh )?(?:hi+|hiya|hello+|hey+|heya|howdy|yo+|sup|greetings|good (?:morning|evening|afternoon|day)|morning|evening|'?ello|hola|bonjour)(?:[\s,!.]+(?:(?:is )?(?:anyone|anybody|someone) (?:there|here|home)|you there|there|palate|all|everyone|mate|buddy|again|bot|friend|guys|you|to you|and good \w+))*[\s!.,?👋:;()D🙂😊☺️]*$"
)
THANKS = _p(
    r"thanks?(?: you)?|thank u|thx|thnx|tysm|cheers|ty|ta|much appreciated|appreciate it|that's all|bye+|goodbye|good night|see you|you're (?:a star|the best|a legend|a lifesaver)|your (?:a star|the best|a legend)|legend|grazie|merci|gracias|danke"
)
RECALL = re.compile(
    r"\bwhat (?:did|have) i (?:ruled?|left|leave|turned?) (?:out|down)\b|\b(?:show|list)(?: me)? the (?:wishes|filters|preferences)\W*$|\bwhat (?:am|was|'m) i (?:actually |currently |really |still )?(?:asking|looking|searching|after)\b|\bwhat (?:did|have) i (?:tell|told|say|said|ask|asked|like|liked)\b|\bwhat (?:do|did|have) you (?:actually |already |now )?(?:know|remember|have|think|learn(?:ed|t)|gathered|noted|stored|saved)(?: so far)? (?:about|of|on) (?:me|my|what i)\b|\bwhat (?:do|did) you (?:reckon|think|guess) i(?:'m| am|'d| would| like)\b|(?:what(?:'s| is| are)|show(?: me)?|list|see|tell me|recap|summari[sz]e|read back)(?: all| back)? (?:of )?my (?:wishes|preferences|taste|tastes|filters|profile|list|likes)\b|\bmy (?:wishes|preferences|filters)(?: so far)?\W*$"
    r"|\b(?:remind me|recap) (?:of )?what i\b|\bwhat (?:are|have) you (?:got |noted |stored |saved |remembered )(?:about|on|for|of)? ?(?:me|so far)"
)
CRISIS = re.compile(
    r"\b(?:i (?:just |really )?(?:want|wanna|am going|'m going|need|wish) to (?:die|be dead|end (?:it all|my life)|kill myself)"
    r"|i (?:wish|want) i (?:was|were) dead|i wanna die|kill(?:ing)? myself|end my life|i(?:'m| am) suicidal)\b|^\W*suicide\W*$"
)
HELP = _p(
    r"help(?: me)?|what (?:all )?(?:can|do) you (?:actually |even |really )?(?:do|know)|how do(?:es)? (?:this|you|it|that)(?: thing| app| bot)? work|who are you|what are you|how (?:do|can|should) i (?:use|talk to|ask|work)(?: this| you| it)?|what is this|what(?:'s| is) this (?:thing|app|bot|site)|instructions|what (?:can|should|do) i (?:say|type|ask)(?: here| you)?"
)
SMALL_TALK = _p(
    r"how(?:'s| is| are| r) (?:you|it going|things|life|your day|everything)(?: doing| today| going)?|what(?:'s| is) up|wh?ats? up|wassup|how have you been|are you (?:a |an |really )*(?:real (?:person|human)|human|robot|real|bot|person|machine|ai|there|ok|alive)|what(?:'s| is) your (?:name|favou?rite \w+)|you(?:'re|r| are) (?:just )?(?:a |an )?(?:robot|bot|machine|ai|computer)(?: right)?|you(?:'re|r| are) (?:so |really |very |too |pretty |quite )*(?:hopeless|annoying|rubbish|rude|crazy|mad|the worst|terrible|funny|smart|clever|cute|nice|sweet|silly|weird|cool|great|good|amazing|awesome|helpful|kind|slow|stupid|dumb|useless|wrong)"
    r"|(?:only|just) (?:testing|kidding|joking|checking(?: in)?|curious|saying|messing(?: around| about)?|trying (?:it|you|this) out)|you (?:suck|rock)|i love you|do you (?:ever |even |really )?(?:like|love|watch|eat|sleep|have feelings|dream)(?: \w+)?|lo+l|l+m+f?ao|rofl|ha(?:ha)+|he(?:he)+|nice to meet you|i(?:'m| am) (?:so |really |just )*(?:bored|tired|hungry|lonely|sad|happy|fine|good|ok|okay|drunk|back)|good bot|bad bot|good one|nice one|very funny|tell me about yourself|who made you|how old are you|where are you from|happy (?:birthday|new year|christmas)|merry christmas|nice weather|what a day|long day|omg|wow"
)
WHY = _p(
    r"why (?:you|this|that|these|those|the|did you|do you|would (?:you|i)|is|are|was|recommend|should|on earth|me|them|it|him|her|not|number|no|\d|suggest|show|pick)|why(?=\W*$)|how come|what makes|what made you|reason(?:s)? (?:for|behind)|what(?:'s| is) the (?:reason|logic|idea)|explain (?:why|that|this|the|your|these)|how did you (?:pick|choose|come up|get|decide)"
)
WHY_AT_ALL = re.compile(r"^\W*(?:but |and |so |ok |hmm )*why\b(?! (?:not|don't|do we|bother|would))")
COMPARE = _p(
    r"compare|comparison|(?:difference|differences) between|differ(?:ent)? (?:from|to)|versus|vs|which (?:one )?(?:of .{1,30}? )?(?:is|would be|do you think is|should i (?:watch|pick|take|choose|get|buy)|one)? ?(?:the )?(?:better|shorter|longer|newer|older|funnier|scarier|best|cheaper|lighter|good|more \w+|\w+er)(?=.*\bor\b|\W*$| for| of)|(?:what's|whats) better|^\W*(?:so |and )?(?:is|are|was) .{1,60} (?:better|worse|\w+er|more \w+) than .*|side by side|how do (?:they|these|those|the two) (?:compare|differ)|which (?:one )?(?:would|do|should) (?:you|i) (?:prefer|rather|choose|pick|watch|go for|take|get|buy)"
)
ASK = _p(
    r"who else|who (?:directed|made|stars?|starred|is in|was in|plays|acts|is the|wrote|cooks|runs|owns)|who's (?:in|the)|whose|what year|when (?:was|did|were|is)|how (?:long|old|much|heavy|scary|violent|far|expensive|good|big|many|dark|sad|funny|spicy|bad|tall|is|are|was|does|do)|what(?:'?s| is| was| are| were| does| do| kind| sort| type| colou?rs?| sizes?) .*|what happens|what about .*\?"
    r"|tell me (?:more|about|something about|a bit)|more (?:about|info|details|information) ?(?:on|about)?|is (?:it|that|this|there|he|she|the \w+(?: \w+)?(?: one)?) .*|are (?:they|those|these|the \w+(?: \w+)?|there) .*|does (?:it|that|this|he|she|the \w+(?: \w+)?(?: one)?) .*|do (?:they|the \w+|those|these) .*|has (?:it|he|she) .*|did (?:it|he|she) .*|is .{1,60}? (?:any )?(?:good|worth|scary|suitable|ok|okay|appropriate|in|a|an|on|too|for|really|available|still|made|based)|who is the|where (?:can i|is it|was it|is the|are they|do they)|describe|plot of|which (?:country|language|year|genre|director|actor|city|brand|colou?r)|what do you (?:know|think) (?:about|of)|(?:have|did) you (?:seen|got)|do you (?:have|know|like|carry|sell|stock)|any good|worth (?:it|watching|seeing|a (?:watch|try|visit)|trying|the \w+)|can (?:i|you|we) (?:book|wear|bring|take|watch it|use)|remind me|info on|details"
)
MORE = _p(
    r"nah|nope|no thanks|surprise me|more|others?|another(?: one| \w+)?|something else|anything else|somewhere else|something (?:completely |totally |very )?different|what else|else|next(?: one| page| batch)?|different ones?|other (?:ideas|options|suggestions|ones|\w+)|keep going|keep (?:'?em|them) coming|hit me|bring it on|go on|show me (?:more|others|some more)|continue|again|try again|alternatives?|a few more"
)
REJECT = _p(
    r"none of (?:them|those|these|that|your \w+|the above)|not (?:these|those|them|any of (?:them|those|these)|that(?: one)?|this(?: one)?|it|for me|my (?:thing|cup of tea|style|taste)|interested|keen|feeling (?:it|them|any|those|these))|no to (?:all|that|those|these)|(?:don't|do not|doesn't|didn't) (?:like|want|fancy|care for|feel|love|really like) (?:any|those|these|them|it|that|this|either|your)(?: of \w+)?(?: ones?| \w+)?|neither(?: of (?:them|those|these))?|not a fan of (?:these|those|any|either|them)|hate (?:them|all of|these|those)|pass(?: on)?|all (?:bad|rubbish|terrible|wrong|boring|awful)|nope|nah|no way|no thanks?|ew+|yuck|(?:these|those|they) (?:all )?(?:are |look |sound )?(?:all )?(?:suck|terrible|awful|boring|bad|rubbish|lame|meh)"
)
ACCEPT = _p(
    r"i'?ll (?:take|watch|go (?:with|for)|try|have|pick|get|buy|book|do|give)|(?:let's|lets) (?:watch|go with|go for|take|do|try|book|get|have|go)|(?:i|we) (?:choose|pick|take)|(?:i'm|we're|im) (?:going (?:to watch|with|for)|sold|in)|we'?ll (?:take|watch|go with|try|have|pick|book|get|do)|sold|ordering|book (?:me|us|it|that|a table)|yes please|deal|perfect|sounds? (?:good|great|perfect|lovely|like a plan|fun)|looks? (?:good|great|perfect)|that(?:'s| is) (?:the one|it|perfect|great)|it is(?=\W*$)|done|yes(?:,? (?:that one|let's|go|do it|that))?|ok(?:ay)?,? (?:that one|that|the \w+ one|deal|done|cool i'll)|good choice|great choice|that works|will do|watching (?:it|that) (?:now|tonight)|adding (?:it|that)|(?:putting|sticking) (?:it|that) on|go on then|alright then|i want (?:that|the \w+) one"
)
JUST_PICK = _p(
    r"just (?:pick|choose|decide|give me|show me|recommend|suggest|tell me)(?: one| something| anything)?|(?:you|u) (?:pick|choose|decide)|surprise me|your (?:pick|choice|call)|up to you|whatever you (?:think|like|want)|dealer's choice|anything(?: is fine| goes| will do| works)?(?=\W*$)|no questions|stop asking|don't ask|i don't (?:care|know|mind)(?=\W*$)|(?:no idea|not sure|whatever|dunno)(?=\W*$)"
)
PICK_ONE = re.compile(
    r"^\W*(?:(?:ok|okay|please|whatever|hmm|well|you|can you|could you|just|fine|never ?mind|no matter|either|i (?:don't|do not) (?:care|mind|know)|(?:doesn't|does not|don't) (?:matter|care|know)|no idea|dunno|not sure)\W+)*(?:(?:pick|choose|decide|recommend|give me|suggest)(?: just)?(?: one| for me)+|(?:you|just) (?:pick|choose|decide)|your (?:pick|choice|call))(?: one| for (?:me|us)| please| then)*\W*$"
)
NO_MATTER = re.compile(
    r"^\W*(?:(?:oh|well|hmm|um|ok|okay|honestly|it|that|i|we|really|to me)\W+)*(?:no matter|(?:does not|doesn't|don't|do not)(?: really)? (?:matter|mind|care|know)|no preference|not (?:bothered|fussed|sure|picky)|either(?: is fine)?|any(?:thing)?(?: is fine| goes| will do)?|whatever|all (?:fine|good)|no idea|open to anything)\b[^?]{0,20}$"
)
REQUEST = _p(
    r"recommend\w*|suggest\w*|what should (?:i|we)|what (?:can|could|shall) (?:i|we)|something|anything|somewhere|give me|show me|find (?:me|us)|pick|surprise me|in the mood|i want|i need|i'd like|we'd like|looking for|any(?: good)?|what to (?:watch|see|buy|eat|read|wear)|good \w+s?|ideas?|help me (?:find|choose|pick|decide)|best|what else|similar|got (?:any|some)|where (?:can|should|to|do) (?:i|we)? ?(?:eat|go|buy|get|dinner|lunch)|what(?:'s| is) (?:good|on|worth)|need|want|top \d+|fancy|favou?rite|one (?:for|with|about)"
)
COURTESY = _p(
    r"thanks?(?: you)?|thank u|thx|thnx|tysm|cheers|ty|ta|please|ok|okay|great|cool|nice|perfect|lovely|so much|very much|a lot|a bunch|a million|that's all|bye+|goodbye|good night|see you|you're|your|the best|a star|a legend|a lifesaver|legend|mate|buddy|dude|man|for (?:now|today|the (?:help|tips?|suggestions?|recommendations?)|your help|that|everything)|later|you|that|was|is|helpful|awesome|brilliant|amazing|and|it|that's|very|really|super|all|i|need(?:ed)?|enjoy|good|appreciate it|much appreciated|again|again soon|no|i'm|im|done|have a (?:good|nice|great) (?:one|day|night|evening)|grazie|merci|gracias|danke|🙏|❤️|😊|👍"
)
YES_OR_NO = re.compile(
    r"^\W*(?:(?:and|so|ok|okay|but|hey|hi|hmm|oh|well|then)\W+)*(?:is|are|was|were|does|do|did|has|have|can|could|may|will|would)\b"
)
AWARD = _p(  # told of nothing here
    r"(?:an? |the |any )?(?:(?:oscars?|academy awards?|golden globes?|baftas?|golden (?:bear|lion)s?|palme d'or|booker(?: prize)?|pulitzer(?: prize)?|awards?)(?:[ -](?:winners?|winning|nominated|nominees?|nominations?))|(?:(?:won|wins?|winning|got|gotten|nominated for|has|have)(?: \w+){0,2} )(?:oscars?|academy awards?|golden globes?|baftas?|awards?|prizes?)|(?:oscars|academy awards?|golden globes?|baftas?)|(?:won|wins?|winning) (?:the most|anything|best (?:picture|film|actor|actress|director)|something))"
)
RATED = r"(?:best|highest|top|worst|lowest)[ -](?:rated|reviewed|ranked|scored)"
WHICH_OF_THESE = re.compile(
    r"^\W*(?:(?:and|so|ok|okay|but|hmm|then)\W+)*which(?: ones?(?: of (?:these|those|them))?| of (?:these|those|them|the (?:two|three|four|five))|(?= (?:isn't|aren't) ))(?:'s| (?:is|are|was|were|isn't|aren't|has|have|stars?|features?))\b(?!.*\bfor (?:a|my|an|the|\d))"
)
OF_THESE = _p(r"which|of (?:these|those|them|the (?:two|three|four|five))")
NO_ORDER = re.compile(r"(?<![\w'])(?:not|isn't|than|at|among|one of)\W*$")
NO_ITEM = re.compile(
    r"\s+(?:time|while|day|night|hour|way|thing|part|bit|child|kid|son|daughter|brother|sister|friend)(?!\w)"
)
THAT_ONE = _p(r"that one|this one|it|that|this|them|they|there|he|she")
YOUR_PICK = re.compile(
    r"^\W*(?:(?:and|so|ok|okay|but|hmm|then)\W+)*(?:which|what) (?:(?:one|of (?:these|those|them)) )?(?:would|do|should|'d) (?:you|i|we) (?:pick|choose|recommend|go (?:for|with)|start with|watch first|take)(?: (?:of|from) (?:these|those|them)| first)?\W*$"
)
OF_THAT_ONE = _p(  # a verdict on one that is pointed at
    r"(?:(?:seen|saw|watched|read|played|tried|loved|liked|hated|enjoyed) (?:it|that|this)(?: one)?|(?:been|eaten) there)(?= *(?:$|[.,!]|already|before|too|yet))"
)
IT_ALONE = _p(r"that one|this one|it")
SIMILAR = _p(
    r"similar|like (?:that|those|them|it|these|this)|along (?:those|these) lines|in that vein|same (?:kind|sort|style|vibe|mood)|more of (?:that|the same|those|this)|what else"
)
QUESTION = re.compile(
    r"\?|(?<!\w)what(?:'s| is) (?:it|that|this|the \w+(?: one)?) (?:about|like|rated)(?!\w)|(?:^|[,.;!]|\bbut|\band)\W*(?:and |so |ok |okay |but |hey |hi |hmm |oh |wait |also )*(?:who|whose|what|what's|when|how|is|does|was|were|which|tell me|describe|are|has|did|where|whats|hows|wheres|whos|any good)\b|^\W*(?:do|can|could|will|would|should|have you|compare)\b"
)
ROLE_QUESTIONS = {
    "year": (
        "what year",
        "which year",
        "when was",
        "when did",
        "when were",
        "how old",
        "how recent",
        "how new",
    ),
    "duration": ("how long", "how many minutes", "how many hours", "running time", "run time"),
    "person": (),
    "price": (
        "how much",
        "how expensive",
        "what does it cost",
        "what do they cost",
        "cost",
        "how pricey",
        "how cheap",
    ),
}


YEARS_OLD = r"(?:\d{1,2}|\w+)[ -](?:years?|yrs?)[ -]olds?"


PLACES = frozenset(
    "city town place location address neighbourhood neighborhood district area country".split()
)
WHERE = r"where(?:'s| is| are| was| were)(?! (?:i|we)\b)"


def _who_did(cues: Sequence[str]) -> list[str]:
    """Questions for somebody by what stands before the name: "cooked by" gives "who cooked", "who cooks"."""
    verbs = [c.removesuffix(" by") for c in cues if c.endswith("ed by")]
    stems = [v.removesuffix("ed") for v in verbs]
    return [
        rf"who(?:'s| is| has)? (?:{re.escape(s)}(?:e?d|e?s|e|{re.escape(s[-1])}?ing)?)" for s in stems if s
    ]


class Questions:
    """Which facet a question asks about, by the words `catalog.toml` gives."""

    def __init__(self, spec: CatalogSpec) -> None:
        self._facets: list[tuple[str, re.Pattern[str]]] = []
        for name, facet in spec.facets.items():
            called = [name.replace("_", " "), facet.label, *facet.called]
            nouns = [re.escape(w.lower().removesuffix("s")) + "s?" for w in called if w]
            asked = [re.escape(q) for q in (*facet.questions, *ROLE_QUESTIONS.get(facet.role, ()))]
            sizes = [s.words for s in (facet.short_words, facet.long_words) if s is not None]
            asked += [rf"how {re.escape(w)}" for words in sizes for w in words]
            asked += _who_did(facet.cues) if facet.role == "person" else []
            asked += [WHERE] if {w.lower() for w in called} & PLACES else []
            asked += [rf"(?:for|to|my|an?) (?:an? )?{YEARS_OLD}"] if facet.for_age else []
            self._facets.append((name, _p("|".join((*asked, *nouns)))))

    def facet(self, folded: str) -> str | None:
        """The facet that a question asks about; the one named first ("who directed it?")."""
        found = [(m.start(), name) for name, pattern in self._facets if (m := pattern.search(folded))]
        return min(found)[1] if found else None


class Extremes:
    """Superlatives of a catalogue's numeric facets, "the longest", of its scales, "the least grim", and of fame, "the best known"."""

    def __init__(self, spec: CatalogSpec) -> None:
        self._words: dict[str, tuple[str, int]] = {}
        for name, facet in spec.facets.items():
            for sign, words in ((-1, facet.less), (1, facet.more)):
                self._words |= {s: (name, sign) for w in words for s in superlatives(w)}
        self._compared = {
            w: s for f in spec.facets.values() for w in (*f.less, *f.more) for s in superlatives(w)[:1]
        }
        self._scales = _of_scales(spec)
        self._rated = _unrated(spec)
        measures = [*sorted(map(re.escape, self._scales), key=len, reverse=True), *self._rated]
        nouns = "|".join(["ones?", *map(re.escape, spec.catalog.nouns)])
        which = rf"(?P<which>{'|'.join(measures) or '(?!)'})"
        these = rf"(?:of (?:them|these|those|all|the (?:two|three|four|five|lot|bunch|{nouns}))|here)"
        self._of_those = [
            re.compile(rf"^\W*(?:(?:and|so|ok|okay|but|hmm|then|tell me)\W+)*{asked}\W*$")
            for asked in (
                rf"(?:which|what)(?: (?:{nouns}))?(?:'?s|(?: {these})? (?:is|are|was|would be|looks?|sounds?|seems?)) "
                rf"(?:the )?{which}(?: (?:{nouns}))?(?: {these})?",
                rf"the {which} (?:ones?|{these})",
            )
        ]
        self._compared_by_scale = _compared_by_scale(spec)
        either = "|".join(
            re.escape(w) for w in sorted([*self._scales, *self._compared_by_scale], key=len, reverse=True)
        )
        self._between = re.compile(
            rf"^\W*(?:(?:and|so|ok|okay|but|hmm|then|tell me)\W+)*(?:which|what)(?: (?:{nouns}))?(?: of (?:the|these|those) two)?(?:'?s| is| are| was| would be| looks?| sounds?| seems?) "
            rf"(?:the |a bit |a little |much )*(?P<which>{either or '(?!)'})(?: (?:{nouns}))?(?! than\b)(?!\w)"
        )
        compared = "|".join(re.escape(w) for w in sorted(self._compared, key=len, reverse=True))
        self._asked = (
            re.compile(
                rf"^\W*(?:(?:and|so|ok|okay|but|hmm)\W+)*(?:which|what)(?: one| ones)?(?: of (?:the )?\w+(?: \w+)?)? (?:is|are|was|would be) (?:the |a bit |a little |much )*(?P<which>{compared})(?: one)?\W*$"
            )
            if compared
            else None
        )
        either = "|".join(re.escape(w) for w in sorted(self._words, key=len, reverse=True))
        self._pattern = re.compile(rf"\b(?:the )?(?P<which>{either})\b") if either else None

    def find(self, folded: str) -> str:
        """The superlative in a message; empty when there is none."""
        match = self._pattern.search(folded) if self._pattern else None
        return match["which"] if match else ""

    def compared(self, folded: str) -> str:
        """The superlative that "which of them is cheaper?" asks for; empty when it asks nothing of the kind."""
        match = self._asked.search(folded) if self._asked else None
        return self._compared[match["which"]] if match else ""

    def of_those_shown(self, folded: str) -> str:
        """The superlative of a scale that "which is the least grim?" asks for, or of how well things are rated where no facet
        tells that; empty when it asks nothing of the kind."""
        match = next(filter(None, (asked.match(folded) for asked in self._of_those)), None)
        return match["which"] if match and match["which"] not in self else ""

    def between(self, folded: str) -> tuple[str, int] | None:
        """The superlative of a scale, or of fame, that "which is funnier, the first or the third?" asks for, and where those that it asks
        about begin; None when it asks nothing of the kind."""
        match = self._between.match(folded)
        return (self._compared_by_scale.get(match["which"], match["which"]), match.end()) if match else None

    def scale(self, which: str) -> tuple[str, int] | None:
        """(scale or FAME, 1 for most or -1 for least) of a superlative that `of_those_shown` or `between` gave; None where nothing
        tells."""
        return self._scales.get(which)

    def unrated(self, folded: str) -> bool:
        """Whether the best rated are asked for, and nothing tells that."""
        return (
            bool(self._rated) and re.search(rf"(?<![\w'])(?:{RATED}|highly rated)(?!\w)", folded) is not None
        )

    def wished(self, folded: str) -> tuple[str, int] | None:
        """(facet, 1 for most or -1 for least) of a superlative that is asked for: "the cheapest Italian"."""
        match = self._pattern.search(folded) if self._pattern else None
        if match is None or not match.group().startswith("the ") or NO_ORDER.search(folded[: match.start()]):
            return None
        return None if NO_ITEM.match(folded, match.end()) else self._words[match["which"]]

    def facet(self, which: str) -> tuple[str, int]:
        """(facet, 1 for most or -1 for least) of a superlative that `find` gave."""
        return self._words[which]

    def __contains__(self, which: str) -> bool:
        return which in self._words


def _of_scales(spec: CatalogSpec) -> dict[str, tuple[str, int]]:
    """The superlatives of every scale, and of how well known something is, each with the scale and 1 for the most of it or -1 for the
    least."""
    found: dict[str, tuple[str, int]] = {}
    for name, scale in spec.scales.items():
        for sign, compared, words in (
            (1, scale.more, scale.high_words),
            (-1, scale.less, scale.low_words),
        ):
            every = [*compared, *map(comparative, words)]
            found |= {s: (name, sign) for w in every for s in superlatives(w)}
            found |= {f"most {w}": (name, sign) for w in words} | {f"least {w}": (name, -sign) for w in words}
    for word, sign in FAME_WORDS.items():
        found |= {f"most {word}": (FAME, sign), f"least {word}": (FAME, -sign)}
    return found | {"best known": (FAME, 1), "least known": (FAME, -1)}


def _compared_by_scale(spec: CatalogSpec) -> dict[str, str]:
    """The superlative of every comparative of a scale."""
    words = [w for scale in spec.scales.values() for w in (*scale.more, *scale.less)]
    words += [comparative(w) for scale in spec.scales.values() for w in (*scale.high_words, *scale.low_words)]
    words += [f"{degree} {word}" for word in FAME_WORDS for degree in ("more", "less")]
    return {w: s for w in words for s in superlatives(w)[:1]} | {"better known": "best known"}


def _unrated(spec: CatalogSpec) -> Sequence[str]:
    """What asks how well things are rated, of a catalogue that does not tell it."""
    numbers = [f for f in spec.facets.items() if f[1].kind == "numeric"]
    called = " ".join(w for name, facet in numbers for w in (name, facet.label, *facet.called)).casefold()
    return () if re.search(r"rating|stars|score", called) else (RATED,)


def superlatives(compared: str) -> Sequence[str]:
    """ "Shorter" gives "shortest", "more recent" "most recent", "less expensive" "least expensive"."""
    if compared.startswith("more "):
        return (f"most {compared[5:]}",)
    if compared.startswith("less "):
        return (f"least {compared[5:]}",)
    return (compared[:-1] + "st",) if compared.endswith("er") and " " not in compared else ()


def is_question(folded: str) -> bool:
    """Whether a message asks something."""
    return QUESTION.search(folded) is not None


def command(folded: str, has_wishes: bool, shown: bool) -> Intent | None:
    """An intent that the words alone decide, before anything else is read."""
    plain = folded.strip(" .,!?)(")
    words = len(plain.split())
    if not plain:
        return "empty"
    if CRISIS.search(plain):
        return "crisis"
    if clean_slate(plain) is not None:
        return "start_over"
    if RECALL.search(plain):
        return "recall"
    if (
        UNDO.search(plain)
        and words <= 7
        and not re.search(r"\b(?:about|the \w+ (?:wish|thing|filter))\b", plain)
    ):
        rest = re.sub(
            r"\b(?:please|actually|oh|ok|wait|no|sorry|hmm|i|said|just|last|and|go|that|it|thing|bit|one|change|back|pls|can you|could you)\b",
            "",
            UNDO.sub("", plain),
        ).strip(" .,!?")
        if not rest:
            return "undo"
    if GREETING.match(folded.strip()):
        return "greeting"
    if not COURTESY.sub("", plain).strip(" .,!?:)-😊👍❤️🙏✨"):
        return "thanks" if THANKS.search(plain) or (has_wishes and not shown) else None
    if (
        HELP.search(plain)
        and not THANKS.search(plain)
        and (words <= 8 or HELP.match(plain))
        and not _asks(HELP.sub("", plain) if HELP.match(plain) else plain)
    ):
        return "help"
    rest = SMALL_TALK.sub("", plain)
    if (
        rest != plain
        and len(
            re.sub(
                r"\b(?:today|tonight|btw|sorry|i|was|am|ok|okay|no|so|and|very|just|really|then|hey|hi|hello|man|mate|bro|too|oh|well|this|was|that|you|friend)\b|[^\w]",
                "",
                rest,
            )
        )
        <= 2
    ):
        return "small_talk"
    return None


def _asks(plain: str) -> bool:
    """Whether the words ask for suggestions, and not only for help with talking."""
    return (
        re.search(
            r"recommend|suggest|find|choose|decide|pick|something|anything|looking|watch\b|with (?!this|you|that)",
            plain,
        )
        is not None
    )
