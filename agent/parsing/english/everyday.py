"""Everyday English: words that say nothing by themselves, those of wishing that are often misspelt, common words."""

import json
import re
from collections import Counter
from functools import cache

from tools.demo import DEMO_FOLDER

COMMON_FROM = 2  # texts that a word stands in

STOP_WORDS = frozenset(
    """
    a about above absolute absolutely actually advance after afternoon again ago ah ain't alike all almost along
    already also alternatively always am amazing among amongst an and another any anybody anymore anyone anyone's
    anythin anything anyway anywhere apiece appreciate appreciated are aren't arent around as ask asked asleep at
    available awake away awesome awful back bad basically bc be beautiful beautifull because been before being
    believe below best better between big bit bonus book booking bored boring born both bought boyfriend brilliant
    bring bro brother brothers bruh btw bunch busy but buy buying by call called came can can't cant care certainly
    change changed cheers choice choices choose chosen classy close come comes coming company completely cost costs
    could couldn couldn't couple crap cuz dad damn daughter day dear decent decide deciding definitely did didn't
    didnt different dine dining do does doesn't doesnt doing don't done dont down drink drinks drop dude dunno
    during each easy eat eating either else else's end ended ends enjoys enough entertaining entire especially etc
    even evening ever every everybody everyone everyone's everything exactly excellent exhausted extremely fairly
    fall fallen falls fam fan fancy fans fantastic far father favorite favorites favourite favourites feel feeling
    feels felt few fifth figured final first folks fond for forget former fourth friday friend friends from fyi
    garbage gave general generally genre genres get gets getting gimme girlfriend give given go god goes going gonna
    good gorgeous gosh got grandma grandpa grateful great guess guys had hadn hadn't haha half has hasn hasn't hates
    have haven haven't having he he'd he's head heard heck hehe hell hello help helping helps her here hers hey hi
    him his hiya hmm hmmm honestly hope hopefully horrible hour hours how how's husband i i'd i'll i'm i've id idea
    ideally ideas idk if ignore im imo in incredible incredibly insanely instead interesting into is isn't isnt it
    it'll it's its ive jeez just keen keep keeps kept kick kicks kind kinda kindly kinds know lads last late lately
    later latest latter lead leads leaning least leave leaves left lemme let let's lets like likes line list
    literally little live lived lives living lmao lol longer look looking lot lots lovely loves madam made main make
    makes man many mate mates may maybe me mean meant meh mention mentioned middle might mind mine minus minute
    minutes mmm mom moment monday month months mood more morning most mostly mother much mum must my myself n nah
    name named near nearby need needs neither never new next ngl nice night no none nope nor normally not nothin
    nothing now nowhere number obviously of off offer offered offers oh ok okay old olds on once one one's ones only
    onto ooh open opened opens option options or order ordered ordering other others otherwise our out over own
    owned parents particular particularly partner peak peeps people per perfect perhaps person pick picks please
    plenty plot pls plus plz possible possibly pp prefer preferably preferred prefers pretty previous probably
    proper properly pure put puts quickly quite random rather ready real really reason reasons recently recommend
    recommendation recommendations remove right rly rofl role roommate rubbish said same saturday say saying says
    search searching second see seem seems seen send set several shame she she'd she's should shouldn shouldn't show
    similar since sir sister sisters sitting slightly smth so solid some somebody someone someone's somethin
    something something's sometimes somewhat somewhere son soon sorry sort sorts special specific specifically spot
    spots stain stains start started starts stay stays sth stick still stop stopped stops stories story stream
    streaming strictly stuff stunning sub subs such suggest suggestion suggestions sumthin sunday sup super superb
    sure surprise ta take tale tales tbh tell telling terrible terribly than thank thanks thankyou that that'd
    that's thats the their theirs them then there there'd there's theres these they they'd they'll they're they've
    thing things think thinks third this tho those though thought through thursday thx till time times tired title
    titled to today together told tomorrow ton tonight tonight's tonite tons too top total totally towards trash
    truly try tuesday two ty type typed typically u uh um under until up upon ur us use used usually various very
    via vibe vibes vibey view visit visiting wait waiting want wants was wasn't wasnt watch watchable watched
    watching way we we'd we'll we're we've wear wearing wednesday week weekend weeks well were weren weren't what
    what's whatever whatever's whats when when's where where's whether which while who who's who've whole whose why
    why's wife will wish wishes with within without won't wonder wonderful wondering wont wore work worked working
    works would wouldn wouldn't wow yea yeah year years yep yes yesterday yet yo you you'd you'll you're you've your
    yours yr yrs yup
    table playing played play putting put exceptions introvert babysitter teenager roll sink cute
    finally dozen
    nonsense poss possible girls boys audio rules version versions cinema
    object issue problem question questions grandson granddaughter grandkids grandchildren nephew niece cousin uncle aunt toddler baby kiddo hubby
    food foods meal meals cuisine dinner lunch matter matters matter favor favour stuff bloke chap lass guy guys
    grown ups grownups por una un une twice fell tells three four five six eight ten
    """.split()
)
# what people say most and misspell often
WISHING = (
    "something anything somewhere recommend recommendation suggest suggestion suggestions looking please similar without "
    "except favourite favorite different preferably definitely another already first second third fourth fifth middle before after between "
    "under around minutes hours loved hated liked enjoyed watched finished tonight director because "
    "watch cheaper shorter longer older newer funnier scarier darker lighter always never really other others else more"
).split()


@cache
def common_words() -> frozenset[str]:
    """Words of plain English, as this project's own film notes use them: some four thousand. A small catalogue's texts
    hold too few to tell an ordinary word from a name."""
    counts: Counter[str] = Counter()
    with (DEMO_FOLDER / "film_notes.jsonl").open(encoding="utf-8") as file:
        for line in file:
            counts.update(set(re.findall(r"\b[a-z]+\b", json.loads(line)["synopsis"])))
    return frozenset(word for word, count in counts.items() if count >= COMMON_FROM) | STOP_WORDS
