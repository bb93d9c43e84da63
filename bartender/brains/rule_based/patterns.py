"""The shapes of the grammar. A shape is a segment's words with ITEM, MOD, NUM, ORD in place of what the menu knows."""

from __future__ import annotations

import re

FILLER = (
    r"(?:(?:okay|oh|um|uh|er|erm|well|so|and|but|hey|hi|please|maya|yes|yeah|yep|no|wait|sorry|actually|now|then|alright|right|hmm|haha|lol|nope|great|good|thanks|"
    r"cool|fine|sure|ah|also|on second thought|on second thoughts|second thought|just|let us|i think|i guess|hold on|hang on|my mistake|oops|whoops|you know what|never mind|perfect|lovely|excellent|nice|"
    r"can you|could you|would you|will you|can we|could we|can i|could i|please can you|i would like (?:you )?to|i want (?:you )?to|let me|go ahead and|i need (?:you )?to|we would like to|we want to|i will|we will|i am going to|you can|you could|maybe|"
    r"i changed my mind|changed my mind|,) )*"
)
TRAILING_FILLER = r"(?: (?:,|please|thanks|thank you|maya|instead|then|now|actually|for me|for us|for now|after all|will you|would you|if you can|if you do not mind|from (?:my|the|our) (?:tab|order|bill|list)|off (?:my|the|our) (?:tab|order|bill)|mate|darling|love|too|as well|anymore|any more|okay|sorry|of it|of that|right now|today|tonight|my dear|dear))*"


def compile_rule(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^{FILLER}(?:{pattern}){TRAILING_FILLER}$")


UNDO = compile_rule(
    r"(?:scratch|undo|strike|cancel|forget|remove|take back|delete|drop|lose|take off|never mind|kill|nix|axe) (?:that|it|this|the last (?:one|thing|item|order|drink)|last one|what i (?:just )?said|that last one|that one|that last (?:drink|order|item|thing|bit))"
    r"|take (?:that|it) (?:off|back|away)(?: again)?|undo|scratch that|take (?:that|the) last (?:one|thing|drink|item) off|i did not mean (?:that|to order that)|i take (?:that|it) back|do not want (?:that|it)|i do not want (?:that|it)|ignore that|never mind (?:that|it)"
    r"|take that back|disregard that|belay that"
)
CLEAR = compile_rule(
    r"(?:clear|cancel|remove|delete|drop|empty|scratch|wipe|void|forget|take off|undo|scrap|bin|reset) (?:(?:it )?all(?: of (?:it|that|this|them))?|everything|(?:the |my |our )?(?:whole |entire )?(?:tab|order|orders|drinks|lot|thing|round|list|bill)|the (?:whole|entire) (?:thing|lot|order|tab|round)|all (?:of )?(?:the |my |our )?(?:drinks|orders|items|order|that|it|them))"
    r"|start (?:over|again|from scratch|afresh|fresh)|take (?:it all|everything|all of it|all of that) off|take everything (?:off|back|away)|i do not want any(?:thing| of (?:it|that|this|them))|everything off|clear(?: it| the slate| that all)?|wipe the slate clean"
)
RESTORE_ITEM = re.compile(
    r"\b(?:put|add|bring|have) (?:the |my |that )?(?:ITEM|it|that|them|those) back\b|\bbring back the ITEM\b|\bkeep the ITEM\b"
)
SAME_BUT = re.compile(
    r"^(?:(?:and|okay|then|the|also|now|for her|for him|for me|do|make|give me|can i get|i will have) )*same(?: thing| again| one| drink)? (?:but|except|only)\b"
)
EITHER_OR = re.compile(r"\b(?:ITEM|ANY)(?: MOD)* or (?:NUM |the |maybe )*(?:MOD )*(?:ITEM|ANY)\b")
MAKE_SINGLE = compile_rule(
    r"(?:make|change|do|let us make) (?:it|that|them|those|the ITEM|mine)(?: (?:to|into|back to|just|only))* (?:NUM )?(?:singles?|single measures?|regular|regulars|normal)|(?:just )?(?:NUM )?singles?(?: (?:is|are) (?:fine|enough|okay))?|not (?:NUM )?double"
)
CLEAR_FIRST = re.compile(
    rf"^{FILLER}(?:cancel|clear|remove|delete|drop|forget|scrap) (?:everything|it all|the lot|the whole (?:thing|order|lot|tab)|all of it|my order|the order)\b"
)
REPEAT_ROUND = re.compile(
    r"\b(?:same again|same (?:thing )?again|(?:the )?same (?:order|round|thing|drinks?|once more|as before|as last time|for (?:me|us|everyone))|(?:another|one more|next|second|third|a new|repeat (?:the|that|my|our)|NUM more|more of the same|NUM) round|again(?: please)?$|repeat (?:that|the order|my order|it|order)|"
    r"do (?:that|it) again|encore|once more|one more time|hit (?:me|us) again|more of the same|the usual again|ORD round|bring (?:it|that|them) again|all of (?:that|those) again|(?:and )?the same$|^same(?: please)?$|fill (?:me|us|it|them) up(?: again)?|refill|top (?:me|us) up)\b"
)
ADD_MORE = compile_rule(
    r"(?:(?:i will|we will|i would|we would|give me|give us|get me|get us|bring me|bring us|have|take|make me|pour me|pour us|pour|like|love|want|let us have|get|need|i could use|add) )*"
    r"(?:(?P<n>NUM) more(?: (?:of (?:those|these|them|that|the same)|one|ones|like (?:that|it)|please))*|another(?: (?:one|of (?:those|these|them|the same)|NUM|like (?:that|it)|MOD))*|NUM another|NUM other|NUM of (?:the same|those again)|more of (?:those|these|that)|NUM for (?:her|him|me|us|them|my|the|you)\b.*|(?:the )?same for (?:her|him|them|my|the)\b.*|NUM (?:extra|additional)|again NUM|NUM again|(?:he|she|they|my [a-z]+) (?:will have|wants?|would like|will take|needs?|gets?|will get) NUM(?: (?:too|as well|also|of those|of the same|of them))*|(?:the )?same for (?:these|those|the other|us|all)(?: NUM| of us)*)"
    r"(?: (?:to|for) (?:her|him|me|us|them|my [a-z]+|the [a-z]+))?"
)
ADD_NTH = re.compile(
    r"\bNUM ORD(?: NUM| one)?(?: (?:for|to|please|too|as well|then|now|of those|of the same)\b.*)?$"
)
CHANGE_VERB = r"(?:upgrade|make|change|turn|switch|have|do|put|set|bump|up|raise|reduce|lower|cut|bring|take|get|let us make|correct|update|adjust|say|call)"
SET_QUANTITY = compile_rule(
    rf"(?:{CHANGE_VERB} (?:that|it|those|them|this|the order|the number)(?: (?:to|a|into|out to be|be|down to|up to|back to))? (?P<n>NUM)(?: (?:in total|in all|total|altogether|all told|of (?:them|those|these|it)|instead))*"
    r"|(?:i )?(?:said|meant|mean|mean to say|wanted|only wanted|only want|asked for|want|would like)(?: only| just)? NUM(?: of (?:them|those))?|only NUM|just NUM|NUM (?:actually|instead|rather|is enough|is fine|is plenty|is good|will do|are enough|should do)|not NUM (?:, )?(?:but )?NUM|no NUM|(?:it is|it should be|should be|that is|that should be|it was|that was) (?:only |just )?NUM(?: not NUM)?)"
)
SET_ITEM_QUANTITY = compile_rule(
    rf"{CHANGE_VERB} (?:that|it|those|them|this) (?:to )?(?P<n>NUM) ITEM"
    rf"|{CHANGE_VERB} (?:the|my|our|those|that) (?:NUM )?ITEM(?: (?:to|into|a|up to|down to|be))? (?P<m>NUM)|(?:only|just) NUM (?:of the )?ITEM|(?:i )?(?:said|meant|mean|only wanted|only want|wanted)(?: only| just)? NUM ITEM"
)
LINE_REFERENCE = r"(?P<which>(?:the |my |our )?(?:ORD|last|other)(?: (?:one|NUM|ITEM|ANY|drink))?|NUM of (?:them|those|these|the ITEM|the NUM)|the other(?: one)?|the NUM MOD)"
PRONOUN = r"(?:that|it|them|those|this|these|mine|both|all(?: of (?:them|those))?|both of (?:them|those))"
NAMED_LINE = r"(?:(?:the|my|that|our|those) (?:ORD |last )?(?:ITEM|ANY)(?: up)?|the ORD of (?:those|them|these)|hers|his|everything|both (?:the |of the )?ITEM|all (?:the |of the )?ITEM)"
CHANGE_MODIFIERS = compile_rule(
    rf"(?:{CHANGE_VERB} (?:{LINE_REFERENCE}|{NAMED_LINE})|(?:{CHANGE_VERB}|give me|i would like|i want|want|like|have|pour|serve) {PRONOUN})"
    r"(?: (?:to|a|as|be|into|with|NUM|on|and|all|both|more|of them|extra|come))*(?P<mods>(?: (?:MOD|and|with ITEM|with|NUM|but))+)"
    r"|(?:(?:the|my|that) (?:ITEM|(?:ORD|last) ITEM)|(?:(?:the|my|that) )?(?:ORD NUM|ORD|last NUM|last))(?: (?:as|to be|should be|a|comes|is|was))*(?P<tail>(?: (?:MOD|and|NUM|with))+)(?: (?:though|instead))?"
)
MODIFIERS_ONLY = compile_rule(
    r"(?:(?:with|as|and|but|NUM|both|all|all of (?:them|those)|both of (?:them|those)|make it|make them|i want it|i would like it|served|mine|have it|it|that|those|them|the lot|have them) )*MOD(?:(?: ,| and| with| as| but)* (?:MOD))*(?: (?:both|all|both of (?:them|those)|all of (?:them|those)|for all|all round|all around|each|of them|one|ones|if possible|instead|this time|though|for [a-z]+))*"
)
MODIFIER_CORRECTION = re.compile(rf"^{FILLER}not MOD(?: but| rather)?(?: make it)? MOD{TRAILING_FILLER}$")
COULD_BE = re.compile(
    r"^(?:and |also |oh )?(?:can|could|would|may|might) (?:the|my|that|both|they|it|those)(?: (?:ORD|last|ITEM|one|NUM|of|those|them|these|both))* (?:be|come|go)(?: (?:NUM|a|made|served))*(?P<mods>(?: (?:MOD|and))+)"
)
MODIFIER_BY_VERB = {"shake": "shaken", "stir": "stirred", "MOD": "double"}
PREPARATION_IMPERATIVE = compile_rule(
    r"(?P<do>shake|stir) (?P<what>it|that|them|both|those|all|mine|hers|his|(?:the|my|that) ITEM|the plain (?:one|NUM)|the other (?:one|NUM))"
)
WITHOUT_MODIFIER = compile_rule(
    r"(?:no|not|without|hold the|skip the|lose the|drop the|forget the|less|never mind the|remove the) MOD"
)
SWAP = re.compile(
    r"\b(?:swap|switch|change|replace|exchange|trade|substitute|turn)(?: out)? (?:the|my|that|those|a|an|our|one|NUM|NUM of the|these)?(?: ?(?:ORD|last))? ?(?:MOD )*(?P<old>ITEM|ANY|it|that|them|those|one|order|drink|of them|of those|of the ITEM|NUM of them|NUM of those|NUM of the ITEM|NUM of these)(?: MOD)*(?: (?:out|over))? (?:for|to|with|into|by|in for) (?P<new>.*(?:ITEM|ANY|OFF).*)$"
)
INSTEAD_OF = re.compile(
    r"(?P<new>ITEM)(?: MOD)* (?:instead of|rather than|in place of|not|over) (?:the |a |my |that |any )?(?:NUM )?(?:MOD )*(?P<old>ITEM|that)\b"
)
REMOVE = re.compile(
    rf"^{FILLER}(?:drop|remove|cancel|lose|delete|scratch|take off|take away|strike|hold|skip|void|forget|forget about|get rid of|pull|ditch|nix|axe|bin|leave off|leave out|kill|86|less|never mind|minus|omit|cut|knock off|undo|subtract|dump|send back|take)(?: off)? (?P<rest>.*(?:ITEM|ANY|one|ones|it|that|them|NUM|ORD|last|both|all|those).*)$"
)
NOT_WANTED = re.compile(
    r"\b(?:do not (?:want|need|feel like|fancy)|no longer want|no longer need|changed my mind about|not having|never mind|do not bring|do not make|do not pour|can do without|will not have|do not give me) (?:the|my|that|those|this|our)(?: (?:ORD|last|other|NUM))? (?:MOD )*ITEM\b|\b(?:do not want|do not need) (?:a |the |any |that |NUM )?(?:MOD )*ITEM (?:anymore|any more|after all|now)\b|^(?:actually )?no ITEM after all"
)
_NAMED_DRINK = r"(?:(?:a|an|the|any|that|this|those|these|your|of|NUM) )*(?:MOD )*ITEM"
NOT_ORDERED = re.compile(
    rf"\b(?:i|we|she|he|they|nobody|no one|my [a-z]+)(?: here| of us)? (?:(?:definitely|certainly|surely|really) )?"
    rf"(?:(?:did not|never|have not)(?: (?:actually|even|ever|really))? (?:order(?:ed)?|ask(?:ed)? for|want(?:ed)?|request(?:ed)?)|(?<=nobody )(?:ordered|asked for)|(?<=no one )(?:ordered|asked for)) {_NAMED_DRINK}(?: MOD)*{TRAILING_FILLER}$"
    rf"|\b(?:the|that|this|those|these) (?:MOD )*ITEM (?:is|are) not (?:mine|ours|my order|our order)\b"
    rf"|\b{_NAMED_DRINK}(?: (?:on (?:my|our|the) (?:tab|bill|order)|here))? (?:that |which )?(?:i|we) (?:did not|never|have not) (?:order(?:ed)?|ask(?:ed)? for)\b"
)
ORDINAL_CHOICE = compile_rule(
    r"(?:(?:i will|i would|we will|let us|take|have|try|go with|go for|give me|get me|like|want|pick|choose|love|let me have|let me try|let me get|bring me|make it|make that|to|i choose|order|start with|pour me|can i have|i am going with|that would be|it is) )*(?P<n>NUM of )?(?:the |that |your |number |option |NUM )?(?:ORD|last|latter|former|NUM)(?: (?:one|NUM|option|drink|ITEM|choice|suggestion|beer|thing|ANY|you (?:said|mentioned|named|listed|suggested)|on (?:that|the|your) (?:list|menu)|of (?:those|them|these)|sounds (?:good|great|nice|lovely|perfect)))*"
)
TAKE_OPTION = compile_rule(
    r"(?:(?:i will|i would|we will|we would|let us|let me|i am going to|i want to|i guess i will|go on|yes) )*(?:take|have|try|go with|go for|give me|give us|get me|get us|like|want|order|bring me|bring us|add|love|do|get|grab|pour me|pour us|make me|make us|hit me with|fetch me)(?: (?:just|to have|to try|to order))* "
    r"(?P<what>that(?: one)?|it|this(?: one)?|those|them|these|both(?: of (?:them|those|these))?|(?P<n>NUM)(?: of (?:those|them|these|that|each|it))?|one|all (?:three|of them|of those)|NUM each)(?: (?:then|for me|as well|MOD|, MOD))*"
)
CHOOSE_BOTH = compile_rule(
    r"both(?: of (?:them|those))?|(?:NUM|one) of each|each of (?:them|those)|NUM each|one of both|all (?:three|of them|of those)"
)
THAT_ONE = compile_rule(
    r"that one|that|this one|it|that sounds (?:good|great|nice|perfect|lovely|delicious|like a plan|amazing|wonderful|fantastic|divine)|sounds (?:good|great|nice|perfect|lovely|delicious|like a plan|amazing|wonderful|fantastic|divine|tempting i will take it)|i will bite|twist my arm|why not|you talked me into it|sold|you convinced me|you sold me|go on|do it|i am in|let us do it|let us do that|okay let us go with that|your choice then"
)
QUANTITY_CORRECTION = re.compile(
    r"^(?:(?:okay|oh|um|uh|haha|lol) )*(?:(?:no|sorry|wait|actually|oops|nope|just kidding|kidding|my bad|my mistake|do forgive me|forgive me|pardon me|i mean|i meant|i said|so only|only|so just) )+(?:just |only )?NUM(?: (?:please|then|actually|only|sorry|of them|thanks))*$"
)
ITEM_CORRECTION = re.compile(
    r"^(?:(?:no|sorry|wait|oh|actually) )*not (?:the |NUM |my )?ITEM (?:but |rather )?(?:the )?(?:NUM )?(?:MOD )*ITEM(?: MOD)*$"
)
CHANGE_INTO = re.compile(
    rf"^{FILLER}{CHANGE_VERB} (?:(?:it|them)|(?:that|those|this)(?= (?:to |into )?(?:NUM|MOD)))(?: (?:a|to|into))* (?:NUM )?(?:MOD )*ITEM"
    rf"|^{FILLER}(?:change|switch|turn|swap) (?:that|those|these|this) (?:to|into|for) (?:MOD )*ITEM"
)
SUPERLATIVE_BY_WORD = {
    "cheaper": "cheapest",
    "cheapest": "cheapest",
    "dearer": "dearest",
    "dearest": "dearest",
    "pricier": "dearest",
    "more expensive": "dearest",
    "stronger": "strongest",
    "strongest": "strongest",
    "weaker": "weakest",
    "lighter": "weakest",
    "milder": "weakest",
}
COMPARATIVE_CHOICE = re.compile(rf"\b({'|'.join(SUPERLATIVE_BY_WORD)}) (?:one|NUM|of the (?:two|NUM))\b")
SAME_AS_BEFORE = re.compile(
    r"\b(?:another|NUM more|more|just like (?:it|that|the)|same as|like the last|the same)\b"
)
GO_WITH_MODIFIER = re.compile(
    rf"^{FILLER}go MOD(?: (?:on|for|with) (?:that|it|them|this|those))?{TRAILING_FILLER}$"
)
ONE_WITH_MODIFIER = re.compile(r"^(?:and|also|plus|then|okay|oh) NUM (?:with )?MOD")
