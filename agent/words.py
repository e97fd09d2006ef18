"""English adjectives by which things are compared; understanding and answering share them."""

import re

# Adjectives people compare things by, in every trade. "more" and "less" go with any word; these also take -er.
GRADABLE = frozenset(
    "big bright bold bland broad calm cheap clean clear clever cold cool cosy cozy cute damp dark deep dense dim "
    "dry dull dumb easy fancy fast fine firm flat fresh funny gentle gloomy goofy grand gritty happy hard harsh healthy "
    "hearty heavy hot kind late light lively long loose loud low mad mellow mild modern moody narrow neat new nice noisy "
    "odd old plain posh pretty quick quiet quirky raw rich rough sad safe scary serious sexy sharp short silly simple slim "
    "slow small smart smooth snug soft sour spicy spooky steady sticky strange strong sturdy sweet swift tall tame tasty "
    "tense thick thin tight tiny tough trendy warm weak weird wet wide wild wise witty young".split()
)


def comparative(adjective: str) -> str:
    """The -er form of a short adjective ("darker", "funnier", "bigger"), "more" before a longer one."""
    if adjective == "well known":
        return "better known"
    if adjective not in GRADABLE:
        return f"more {adjective}"
    if adjective.endswith("e"):
        return adjective + "r"
    if adjective.endswith("y"):
        return adjective[:-1] + "ier"
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnpt]", adjective):
        return adjective + adjective[-1] + "er"
    return adjective + "er"
