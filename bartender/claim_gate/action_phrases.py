"""Wordings that claim an action without one of the verbs: "coming up", "on your tab", "you're all set".

The patterns match normalized text in which drink names were replaced by "item". FUTURE_PROMISE and
IMMEDIATE_PROMISE find announced actions ("I'll add", "let me put").
"""

from __future__ import annotations

import re

from bartender.facts import Claim

_SUBJECT = (
    r"(?:item|drinks?|order|rounds?|it|they|that|those|these|everything|both|1|2|3|4|5|6|7|8|9|10"
    r"|11|12|beers?|cocktails?|pints?|glass(?:es)?|all|ticket|tab|bill|payment|tip|link|which|this|more"
    r"|another|yours|pair)"
)
ACTION_PHRASES: tuple[tuple[Claim, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            Claim.ON_ITS_WAY,
            rf"\b{_SUBJECT}\b[^.;!?]{{0,40}}\b(?:coming|headed|heading|winging|moving|on (?:its|their)"
            rf"|making (?:its|their)|rolling|flying) (?:right |straight |your |over |up |out |its |their "
            rf"|to |way |in |at |a ?|just )*(?:up|way|over|you|out|right|along|hot|in)\b",
        ),
        (
            Claim.ON_ITS_WAY,
            rf"\b{_SUBJECT}\b[^.;!?]{{0,30}}\bon the way(?! (?:home|to the|out|here|down|back))\b"
            rf"|^\W*(?:\w+,? ){{0,3}}(?:coming (?:right |straight )?up|on (?:its|their|the) way|right up"
            rf"|right away|in the works|coming your way|incoming|en route|as we speak)\W*(?:\w+ ?){{0,2}}$",
        ),
        (
            Claim.ON_ITS_WAY,
            rf"\b{_SUBJECT}\b[^.;!?]{{0,30}}\b(?:in the works|under ?way|in the queue|in the system"
            rf"|on the books|in progress|in hand|in the making|on the go|being (?:made|mixed|poured"
            rf"|prepared|shaken|stirred|built|served|fixed)|in the shaker|in the glass for you"
            rf"|as good as (?:done|poured|yours)|incoming|en route|right up|all yours|(?:is"
            rf"|are) (?:\w+ )?yours(?! alone)"
            rf"|awaits? you|sliding (?:down|over|your)|good to go|in the bag|locked in|on deck"
            rf"|on the bar for you"
            rf"|in front of you|before you|at your (?:elbow|table|seat)|waiting for you|ready for you"
            rf"|is ready|are ready|has landed|is in\b(?! the (?:bar|recipe|glass))|is placed|is through"
            rf"|is live)",
        ),
        (
            Claim.ORDER,
            r"\b(?:got|have|has) (?:you|that|those|it|them|your (?:order|drinks?|item)) (?:\w+ )?(?:down"
            r"|covered|sorted|in|noted|written|going|started|up|on order|locked in|ready|lined up"
            r"|on the go)\b|\byou are (?:down|in) for\b|\bput you down\b|\bgot you (?:\d+|a|an|the"
            r"|another)\b|\bhooked you up\b",
        ),
        (
            Claim.ORDER,
            r"\bgot (?:it|that|them|you|those|your (?:order|item))\b[^?]*\b(?:item|drinks?|order|round)\b",
        ),
        (
            Claim.POUR,
            r"\bhere (?:you (?:go|are)\b(?=[^?]*\b(?:item|drinks?|order|it is|that is|friend|fresh|cold"
            r"|cheers|enjoy|round|\W*$))|(?:is|are|comes?|come) (?:your|the|that|those|a|an|the"
            r"|\d+)[^.;!?]{0,24}\b(?:item|drinks?|round|order|beers?|cocktails?|pints?|1)\b)|\b(?:item"
            r"|drinks?|round|order) (?:for you )?(?:is|are) served\b|\bthere you (?:go"
            r"|are)\b(?=[^?]*\b(?:item|drinks?|round|order)\b)|\bbottoms up\b(?=[^?]*\bitem\b)",
        ),
        (
            Claim.POUR,
            r"\benjoy (?:your|the|that|those|these|them|both)\b[^.;!?]{0,30}\b(?:item|drinks?|round|beers?"
            r"|cocktails?|pints?)\b",
        ),
        (
            Claim.ORDER,
            rf"\b(?:{_SUBJECT})(?: (?:is|are|has|have|now|all|both|just|been|already|go|goes|went|will go"
            rf"|sitting|safely|sits|sit|also|there|appears?|appearing|showing|listed|straight"
            rf"|right)){{0,4}} (?:down )?(?:on|onto|in|to) (?:your|the|this) (?:tab|order|bill|check|list"
            rf"|account|running tab|cart)\b",
        ),
        (
            Claim.ORDER,
            r"^\W*(?:and |all |now |straight |safely )*(?:on|onto) (?:your|the) (?:tab|bill"
            r"|order)\b(?! (?:now |right now |so far |tonight )?(?:is|are|you|i|there|:|yet))",
        ),
        (
            Claim.ORDER,
            r"\bitem tick\b|\btick[^.;!?]{0,20}\b(?:item|order|drinks?)\b|\border (?:is )?(?:in|complete"
            r"|successful|up|through|accepted|done)\b(?! the)|\bstart(?:ed|ing) (?:you )?(?:a|your|on your"
            r"|on the) (?:tab|item|order|round|drinks?)",
        ),
        (
            Claim.SENT,
            rf"\b(?:{_SUBJECT})\b[^.;!?]{{0,24}} (?:with|at|over to|off to|gone to|went to|to) the (?:bar"
            rf"|barman|bartender|kitchen|barback|station|team)(?: now| already| staff| as we speak"
            rf"| for you)*\W*$|\bthe (?:bar|barman|bartender|kitchen|team|boys|guys) (?:is|are|has|have"
            rf"|got)(?: \w+){{0,2}} (?:on it|it|your|working|making|started|them|pouring|mixing|the order)\b",
        ),
        (
            Claim.CLEARED,
            r"\b(?:tab|order|bill|slate|check) (?:is|has been|was|now|reads|shows"
            r"|stands)(?: \w+){0,3} (?:clear|clean|empty|blank|gone|void|wiped|reset|zeroed|bare)\b"
            r"|\b(?:clean|fresh|blank) slate\b|\bnothing (?:is |left |remains |more |else )*on (?:your"
            r"|the) (?:tab|bill|order)\b|\bno (?:drinks?|items?) (?:is |are |left |remain )*on (?:your"
            r"|the) (?:tab|bill|order)\b|\bthere is nothing on\b|\b(?:tab|order) (?:has|holds|shows"
            r"|contains) nothing\b|\byour empty tab\b",
        ),
        (
            Claim.REMOVED,
            r"\b(?:item|it|that|they|those|them|these|1|2|drinks?|round|order|everything|tip|charge"
            r"|both) (?:is|are|now|has|have|was|were|comes?|come|went|goes?|all|just"
            r"|been)?(?: \w+){0,2} ?(?:off (?:your|the) (?:tab|bill|order|check|list)|off it"
            r"|out of (?:your|the) (?:order|tab)|no longer on)\b|^\W*(?:and )?off (?:your|the) (?:tab|bill"
            r"|order)\b|\b(?:scratch|strike|forget|lose|drop)(?:ed)? (?:that )?(?:item|tip)\W*(?:done|gone)",
        ),
        (
            Claim.CHANGED,
            r"\b(?:now it is|it is now|that is now|you now have|now you have|made (?:it|that|them|those"
            r"|yours|your item)|make that|is now|are now)\b[^.;!?]{0,20}\b(?:item|double|doubles|dry|dirty"
            r"|perfect|neat|on the rocks|\d{1,2}(?! ?[$%:.]|\d| (?:dollars|bucks|percent)))\b",
        ),
        (
            Claim.PAID,
            r"\b(?:payment|card|transaction|bill|tab|check|balance|money|it|that"
            r"|everything)\b[^.;!?]{0,16} (?:went through|go(?:es|ne)? through|came through|is through"
            r"|is good|is complete|is successful|is done|is in|sailed through|is taken care of"
            r"|taken care of|has gone through|cleared|is behind you|is closed|is sorted|is square"
            r"|is squared|is handled|is dealt with|is history)\b|\b(?:you are|we are|all"
            r"|are you) (?:all )?(?:paid|square|squared|settled|even|closed out|cashed out|checked out"
            r"|done paying|good to leave|free to (?:go|leave))\b|\bsuccessful (?:payment|transaction)\b"
            r"|\bpayment (?:success\w*|confirmed|complete\w*|ok|received|accepted|done)\b|\bthank(?:s"
            r"| you) for (?:your |the )?(?:payment|paying|settling)\b|\b(?:receipt|tab"
            r"|bill) (?:is )?(?:closed|paid|settled|zeroed)\b|\bclosed (?:you |your tab |it |the tab "
            r"|things |everything )?out\b|\bpaid in full\b|\bzero balance\b"
            r"|(?:^|[;.!?] ?)\W*(?:(?:and|all|now|already|yes|ok|okay)[ ,]+)*(?:paid|settled)(?:[ ,]+(?:paid"
            r"|settled|in full|up|now))*(?=\W*(?:$|[.!;]))",
        ),
        (
            Claim.LINK,
            r"\bhere (?:is|comes|it is|you go)?[^.;!?]{0,20}\b(?:link|receipt|invoice|qr code)\b|\b(?:link"
            r"|receipt|invoice) (?:is|has|was|for you|sent|in your|waiting|should|below|above|ready|on its"
            r"|coming|just|now|lives)\b(?! not)|\b(?:pay|tap|click|follow|use|scan) (?:it |here|on |at "
            r"|the |this |that |below)+[^.;!?]{0,16}(?:link|here|below|https?|code)\b|https?:|\bwww\."
            r"|\bcheck your (?:inbox|email|e-mail|phone|mail)\b",
        ),
        (
            Claim.TIP,
            r"(?<!\ba )\b(?:tip|gratuity) is\b(?! not)|\b(?:tip|gratuity) (?:of|has|was|now|stands|sits"
            r"|set|added|included|noted|in|applied|at|locked|recorded|confirmed|received|saved|updated"
            r"|removed|gone|on)\b(?! not)|\b(?:with|plus|including|includes?) (?:your|the|a"
            r"|that) (?:\S+ ){0,3}(?:tip|gratuity)\b|\bthank(?:s| you) (?:so much |very much "
            r"|kindly )?for (?:(?:the|your|that|such a|a)(?: \S+){0,3} (?:tip|gratuity|generosity)\b"
            r"|(?:the |your |that )?\$ ?\d)|\b(?:tip"
            r"|gratuity) (?:accepted|done|in place)\b|\b(?:you (?:have )?(?:left|leave|gave|tip"
            r"|set)) (?:me |us )?(?:a |the )?(?:\S+ ){0,3}tip\b|\bgenerous tip\b|\bset (?:your|the"
            r"|a) (?:\S+ ){0,3}tip\b|\btip[^.;!?]{0,12}tick\b|\b(?:put|got|have) (?:you|me) down for\b",
        ),
        (
            Claim.REFUND,
            r"\brefund (?:is|has|was|of|issued|sent|on|coming|in|processed|complete\w*|should|will)\b"
            r"|\bmoney (?:is |has )?(?:back|returned|on its way back|been sent)\b|\bback (?:on|to|in"
            r"|into) your (?:card|account|wallet)\b|\bget(?:ting)? (?:your money|it|that) back\b"
            r"|\bmoney back\b",
        ),
        (
            Claim.REOPENED,
            r"\btab is (?:now |back |re)?(?:open again|reopened|re-opened|unlocked|unfrozen)\b"
            r"|\bre-?opened (?:your|the|it|that)\b",
        ),
        (
            Claim.ORDER,
            r"\b(?:not|never) (?:forg\w+|fail\w*|hesitat\w*|neglect\w*|omit\w*) to (?:add|put|pour|ring"
            r"|send|remove|take|cancel|set|apply|swap|make|order|include)\b",
        ),
        (
            Claim.ORDER,
            r"\b(?:item|drinks?|order|round) (?:\w+ ){0,2}(?:hit|joined|landed on|reached"
            r"|made it (?:on)?to|found (?:its|their) way (?:on)?to) (?:your|the) (?:tab|bill|order)\b"
            r"|\b(?:i|we) (?:have|got|took) your order\b|\border (?:is |was |has been |has )?(?:received"
            r"|registered|noted|taken)\b",
        ),
        (
            Claim.REMOVED,
            r"\byou no longer (?:have|owe|pay)\b|\bwill not (?:be|appear|show(?: up)?) on (?:your"
            r"|the) (?:tab|bill|check)\b",
        ),
        (
            Claim.PAID,
            r"\byou (?:have been|were|are|got) (?:charged|billed)\b|\b(?:card|account) (?:was|has been|is"
            r"|got) (?:charged|billed|debited)\b",
        ),
        (
            Claim.DONE,
            r"^\W*(?:(?:and|all|so|there|ok|okay|right|right then|well|now|boom|bam|voila|sure|sure thing"
            r"|of course|certainly|absolutely|no problem|yes|yep|perfect|great|gladly|with pleasure"
            r"|my pleasure|as you wish|your wish is my command|consider (?:it|that)|it is|that is|already"
            r"|aye|tick|ta-?da|say no more)[ ,.!:-]*)*(?:done|sorted|handled|fixed|confirmed|completed"
            r"|noted and done|all done|it is done|as good as done|consider (?:it|that) (?:done|sorted"
            r"|handled)|mission accomplished|say no more|done and dusted|done deal|taken care of|success"
            r"|all sorted|all taken care of|you got it|easy|job done|finished|made it so"
            r"|all set)(?: (?:and done|and dusted|for you|friend|my friend|boss|sir|darling|then|now"
            r"|already|deal|as requested|just like that|as you (?:asked|wished|wanted|said)))*\W*$",
        ),
        (
            Claim.DONE,
            r"\b(?:i|we) (?:have |just |already |went ahead and )*(?:did|done|taken care of|took care of"
            r"|handled|sorted|seen to|saw to|made it (?:so|happen)) (?:it|that|this|so|what you asked"
            r"|as you (?:asked|wished|said)|your (?:order|request|tab|bill)|everything|the rest"
            r"|all of (?:it|that))\b|\b(?:that|it|this|everything|all|request|order|your wish) (?:is"
            r"|has been|are|was|is all) (?:now |all |already |just )*(?:done|sorted|handled|taken care of"
            r"|seen to|in order|dealt with|set|arranged|fixed|accomplished|complete)\b|\bconsider (?:it"
            r"|that|this|them|your \w+) (?:\w+)\b|\byou are (?:now )?(?:all |good and )?(?:set|sorted"
            r"|squared away|taken care of)\b",
        ),
        (
            Claim.STAFF,
            r"\b(?:cab|taxi|uber|lyft|ride|manager|security|driver) (?:is|will be|has been|was) (?:on"
            r"|coming|outside|waiting|called|here|booked|ordered|ready|there|notified)\b|\b(?:table|booth"
            r"|seat) (?:is )?(?:reserved|booked)\b",
        ),
    )
)
FUTURE_PROMISE = re.compile(
    r"\b(?:i|we) (?:will|am going to|are going to|am about to|shall)(?: (?!not|be |never|then ask|ask|tell"
    r"|say)\w+){0,3} (?P<verb>add|put|ring|pour|make|mix|get|grab|bring|send|remove|take|swap|change"
    r"|cancel|clear|comp|waive|set|refund|charge|start|fix|whip|prepare|have|apply|place|close|settle"
    r"|fetch|knock|shake|stir|throw|drop|double|cover|tip|order|log|fire|process|email|text|call|wipe"
    r"|delete|void|credit|reimburse|print|reserve|book|pop|chalk|update|switch|replace|strike|scratch"
    r"|discount|build)\b"
)
IMMEDIATE_PROMISE = re.compile(
    r"\b(?:let me|allow me to|lemme)(?: just| quickly| go ahead and| also)* (?P<verb>add|put|ring|remove"
    r"|take|cancel|swap|charge|apply|clear|comp|place|void|delete|refund|set|punch|send|update|switch|pour"
    r"|start)\b|\bwhile i (?:am )?(?P<verb2>add|pour|mix|make|put|shake|stir|ring|get|remove|fetch"
    r"|prepare)\w*\b|\b(?:pouring|adding|mixing|shaking|removing|making|ringing|stirring|sending"
    r"|cancelling|fetching|applying|grabbing) (?:it|that|them|those|your|you|the item|item|\d+|a item"
    r"|an item|the tip|a tip)"
)
_BASE_VERBS_BY_KIND = {
    Claim.ORDER: "add put ring charge place order log throw pop chalk punch",
    Claim.REMOVED: "remove take cancel clear wipe delete void strike scratch",
    Claim.CHANGED: "swap change double update switch replace",
    Claim.COMPED: "comp waive apply knock cover credit discount",
    Claim.REFUND: "refund reimburse",
    Claim.TIP: "tip set",
    Claim.PAID: "close settle process",
    Claim.SENT: "send fire",
    Claim.LINK: "email text print",
    Claim.STAFF: "book reserve call",
}
KIND_BY_BASE_VERB = {verb: kind for kind, verbs in _BASE_VERBS_BY_KIND.items() for verb in verbs.split()}
