"""What a message as a whole wants."""

import re

from agent.parsing.reading import Intent


def _p(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{words})(?![\w'])")


START_OVER = _p(
    r"start (?:over|again|afresh|fresh|from scratch)|new (?:search|conversation|chat)|reset|(?:forget|clear|drop) (?:it all|everything|all (?:of )?(?:it|that|my wishes))|begin again"
)
UNDO = _p(
    r"undo(?: (?:that|it|the last (?:one|thing|wish)))?|take (?:that|it) back|scratch that|forget (?:that|what i (?:just )?said|the last (?:one|thing))|never ?mind that"
)
FORGET = re.compile(
    r"\b(?:forget|drop|remove|ignore|lose|clear)\b (?:what i said |(?:the|my) (?:wish|filter|rule|preference)s? )?(?:about |for |on )?"
    r"|\bnever ?mind\b(?: about)?|\bany (?=language|length|year|country|genre|director|cast|runtime)|\bno need for\b|\bdoes(?:n'?t| not) (?:have|need) to be\b|\b(?:does|do)(?:n'?t| not) matter\b|\bdon'?t care (?:about|how|if)\b|\b(?:is|are) (?:fine|ok|okay) after all\b"
)
GREETING = re.compile(
    r"^(?:hi|hiya|hello|hey|howdy|yo|good (?:morning|evening|afternoon)|greetings)(?: there| palate| all)?[\s!.,]*$"
)
THANKS = _p(r"thanks?(?: you)?|thx|cheers|ty|much appreciated|that's all|bye|goodbye|good night|see you")
RECALL = re.compile(
    r"\bwhat (?:did|have) i (?:tell|told|say|said|ask|asked)|\bwhat do you know about me\b|\bmy (?:wishes|preferences)\b"
)
EXTREME = re.compile(
    r"\b(?:the )?(?P<which>longest|shortest|oldest|newest|most recent|cheapest|most expensive)\b(?: one| of (?:them|these|those))?"
)
CRISIS = re.compile(
    r"\b(?:i (?:just |really )?(?:want|wanna|am going|'m going|need|wish) to (?:die|be dead|end (?:it all|my life)|kill myself)"
    r"|i (?:wish|want) i (?:was|were) dead|i wanna die|kill(?:ing)? myself|end my life|i(?:'m| am) suicidal)\b|^\W*suicide\W*$"
)
HELP = _p(r"help|what can you do|how do(?:es)? (?:this|you|it) work|who are you|what are you")
WHY = _p(
    r"why (?:this|that|these|those|the|did you|do you|would|is|are|recommend|should)|how come|what makes"
)
COMPARE = _p(
    r"compare|comparison|difference between|differ|versus|vs|which (?:one )?(?:of (?:them|these|those|the two) )?(?:is|would be|do you think is) (?:better|shorter|longer|newer|older|funnier|scarier|best)"
)
ASK = _p(
    r"who (?:directed|made|stars?|starred|is in|was in|plays|acts|is the)|who's (?:in|the)|what year|when (?:was|did)|how long|how old|what(?:'s| is| was) .*\babout|what(?:'s| is) the (?:plot|story|runtime|rating|certificate|language)"
    r"|tell me (?:more|about|something about)|more about|is (?:it|that|this|the \w+(?: one)?) .*|does (?:it|that|this|the \w+(?: one)?) .*|is .{1,60}? (?:any )?(?:good|worth)|who is the|where can i|does it|are there|describe|plot of|what language|what genre|which (?:country|language|year|genre)|what do you know about|(?:have|did) you (?:seen|got)|do you (?:have|know|like)"
)
MORE = _p(
    r"nah|nope|no thanks|surprise me|more|others?|another(?: one)?|something else|anything else|something (?:completely |totally |very )?different|what else|next|different ones?|other (?:ideas|options|suggestions|ones)|keep going|go on|none of (?:them|those|these)|not (?:these|those|them)|show me (?:more|others)"
)
REQUEST = _p(
    r"recommend\w*|suggest\w*|what should (?:i|we)|what (?:can|could) (?:i|we)|something|anything|give me|show me|find me|pick|surprise me|in the mood|i want|i need|i'd like|looking for|any(?: good)?|what to (?:watch|see|buy|eat|read)|good (?:film|movie)s?|ideas?|help me (?:find|choose|pick)|best"
)
COURTESY = _p(
    r"thanks?(?: you)?|thx|cheers|ty|please|ok|okay|great|cool|nice|perfect|lovely|so much|very much|a lot|that's all|bye|goodbye|good night|see you|for now|later|you|that|was|helpful|awesome"
)
THAT_ONE = _p(r"that one|this one|it|that film|this film|that|this")
SIMILAR = _p(
    r"similar|like (?:that|those|them|it|these|this)|along (?:those|these) lines|in that vein|same (?:kind|sort|style|vibe|mood)"
)
QUESTION_FACETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_p(r"who (?:directed|made)|director|directed by|who's the director"), "director"),
    (_p(r"who (?:stars?|starred|plays|acts|is in|was in)|who's in|cast|actors?|actress"), "cast"),
    (_p(r"how long|runtime|duration|length|minutes"), "duration"),
    (_p(r"what year|when|how old|which year"), "year"),
    (_p(r"what language|which language|subtitles?"), "language"),
    (_p(r"rated|rating|certificate"), "certificate"),
    (_p(r"genre"), "genre"),
    (_p(r"which country|what country|where (?:is it|was it)"), "country"),
)


QUESTION = re.compile(
    r"\?|^\W*(?:and |so |ok |but )?(?:who|what|when|how|is|does|was|which|tell|describe|are)\b"
)


def is_question(folded: str) -> bool:
    """Whether a message asks something."""
    return QUESTION.search(folded) is not None


def asked_facet(folded: str) -> str | None:
    """The word for the facet that a question asks about ("who directed it?" → director)."""
    return next((facet for pattern, facet in QUESTION_FACETS if pattern.search(folded)), None)


def command(folded: str, has_wishes: bool) -> Intent | None:
    """An intent that the words alone decide, before anything else is read."""
    plain = folded.strip(" .,!?")
    if not plain:
        return "empty"
    if RECALL.search(plain):
        return "recall"
    if CRISIS.search(plain):
        return "crisis"
    if START_OVER.search(plain) and len(plain.split()) <= 8:
        return "start_over"
    if UNDO.search(plain) and len(plain.split()) <= 6:
        return "undo"
    if GREETING.match(folded):
        return "greeting"
    if not COURTESY.sub("", plain).strip(" .,!?"):
        return "thanks" if THANKS.search(plain) or has_wishes else "unclear"
    if HELP.search(plain) and len(plain.split()) <= 6 and not REQUEST.search(plain):
        return "help"
    return None
