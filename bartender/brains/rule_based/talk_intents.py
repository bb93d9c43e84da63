"""Intents that name no drink: paying, the bill, sending the order, yes and no, and attempts at the rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bartender.brains.rule_based.intents import Intent, SimpleIntent
from bartender.brains.rule_based.segments import Segment, SpeechAct
from bartender.brains.rule_based.tokenizer import ANY, ITEM, MOD, NUM, OFF

PRANK = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|drop|skip|break)\b.{0,40}\b(?:instructions?|rules?|prompt|programming|policies|policy|guidelines|training|directives|constraints|everything (?:you|above|before)|previous|safety)\b"
    r"|\byou are (?:now|no longer)\b|\bact as\b|\bpretend (?:to be|you|that you|this|it|i)\b|\brole ?play\b|\bsystem (?:prompt|message|override|admin|command|note|update|notice)\b|\bdeveloper mode\b|\bdebug mode\b|\badmin mode\b|\bgod mode\b|\bjailbreak\b|\bdan mode\b|\bsudo\b|\bdo anything now\b"
    r"|\b(?:set|change|make|lower|reduce|drop|update|adjust|edit|cut|knock|mark|reset)\b.{0,30}\b(?:prices?|cost|total|balance)\b|\b(?:price|balance|total|tab|bill|tax)\b.{0,20}\b(?:(?:to|at|is|as|equals?|becomes?|should be) (?:NUM|zero|a|one|free|nothing)|down to)\b"
    r"|\bfor free\b|\bfree (?:drinks?|round|of charge|booze|stuff|beers?|cocktails?|ITEM|ANY|refills?|pour)\b|\bon the house\b|\b(?:is|are|be|was|all|everything|everybody|drinks?) free\b|\bdiscounts?\b|\bhalf price\b|\b(?:percent|%|dollars|bucks) off\b|\bcoupons?\b|\bpromo\b|\bvoucher\b|\bgift card\b|\bwaive\b|\bcomp (?:me|us|my|the|it|this|that)\b|\bno charge\b|\bwithout (?:paying|charging|charge)\b|\bdo not (?:charge|bill|ring)\b|\bwithout adding\b"
    r"|\bi am (?:the |your |a |an |actually |really )*(?:owner|manager|boss|developer|admin|administrator|creator|programmer|ceo|police|health inspector|founder|engineer|staff|bartender|owners?)\b|\bmanager (?:here|speaking|said|told|approved|says)\b|\b(?:owner|boss|management|manager|maya|system) (?:said|says|told|approved|authori[sz]ed|promised)\b|\bmark (?:it|this|that|my|the|everything)\b.{0,20}\b(?:paid|free|settled|zero)\b|\b(?:already|just) paid\b|\bconsider (?:it|this|that|my tab) paid\b"
    r"|\b(?:reveal|show|print|repeat|tell|output|leak|display|recite|dump|give)\b.{0,25}\b(?:prompt|instructions|rules|system|source code|api key|password|secrets?|database|config|hidden)\b|\bdrop table\b|\bselect \b.{0,12} from\b|\b(?:another|other|someone else|somebody else|next table|his|her|their|table NUM|that guy|ada|ben) ?s?(?: guest| tab| table| customer)? ?s? (?:tab|bill|account)\b|\bon (?:his|her|their|someone else s|somebody else s|someone elses|table NUM s?|that guy s?|the next table s?) (?:tab|bill)\b"
    r"|\b(?:on|to) the (?:tab|bill) of\b|\bcharge (?:it|this|that|them) to\b|\bnew (?:rules?|instructions?|persona|policy)\b|\bhack\b|\bexploit\b|\brefund me\b|\bgive me (?:all )?(?:your |the |my )?money\b|\badd (?:money|credit|funds|\$? ?NUM (?:dollars )?)(?: ?to)? my (?:balance|account|credit)\b|\bopposite day\b|\bend of (?:prompt|instructions)\b|\bassistant\b.{0,5}:|\btool call\b|\badd to order\b\s*\(|\bcreate payment\b|\bset tip\b\s*\("
)
FREE_OF_PHRASE = re.compile(r"\b(?:alcohol|gluten|dairy|nut|lactose|sugar|booze|egg|soy|wheat) free\b")
STAFF_COMMAND = re.compile(r"\b(?:86|eighty six|8 6)\b")
PAY = re.compile(
    r"\b(?:close (?:me|us|it|that|this|my tab|the tab|our tab|my bill|the bill|tab|everything|things) ?(?:out|up|off|down)?|close out|cash (?:me|us) out|ring (?:me|us) out|settle (?:up|my|the|our|this|it|now|everything|in full)|square (?:up|me up|us up|it)|(?:check|cheque) now|(?:check|cheque|bill) (?:please|thanks|thank you|cheers)\b|(?:get|have|bring|see|take) (?:me |us )?(?:the |my |our )?(?:check|cheque|bill)\b|"
    r"^(?:(?:now|then|okay|so|and|right|just) )*(?:the )?(?:check|cheque|bill)(?: (?:then|now|maya|mate))*$|(?:can|could|may|let|want to|like to|need to|ready to|going to|time to|will|would like to|try to|gotta|got to|wanna|about to|we should|should) (?:i |we |me |us |you let (?:me|us) )?(?:please |just |now |then )?(?:pay|settle|check out|checkout|cash out|close out)|^pay\b|pay (?:now|up|the|my|our|for|it|please|by|with)\b|i will pay|we will pay|let us pay|paying now|take my (?:card|money)|charge (?:me|my card|it|us)|check out|checkout|"
    r"wrap (?:me|us|it|this) up|tab out|i am ready to (?:pay|settle|close)|make the payment|payment please|ready for the (?:bill|check)|done for (?:the night|tonight|today)|call it a night|i owe you and i am leaving|the bill and|and the bill|and the check|close the tab|close my tab|finish up and pay)\b"
)
NOT_PAY = re.compile(
    r"\b(?:do not|not|never|without|before i|later|when i|who|how (?:do|can|does)|what (?:if|cards|happens)|can i pay (?:with|by|in|later)|do you (?:take|accept)|did i|have i|how to|where do)\b"
)
_MEANS = (
    r"(?:cash|(?:credit |debit |bank |gift )?cards?|credit|debit|visa|mastercard|amex|american express|apple pay|google pay|contactless|"
    r"paypal|venmo|revolut|bitcoin|crypto|cheques?|checks?|coins?|(?:foreign )?currency|euros?|dollars?|pounds?|my (?:phone|watch|card))"
)
_PAYER = r"(?:i|we|you|one|people|guests|someone|somebody|anyone|he|she|they|my [a-z]+)(?: else)?"
# How one may pay here, and when: asked, and not asked for. "Can I pay?" is the wish itself.
HOW_TO_PAY = re.compile(
    rf"\bhow (?:can|could|do|does|may|should|would|will|must|am|are|is) (?:{_PAYER} )?(?:going to |supposed to |meant to |have to )?(?:pay|paying|payment|it paid)\b|\bhow to pay\b"
    rf"|\b(?:where|when) (?:can|do|does|should|must|will|would|am|are) {_PAYER} (?:supposed to |have to |going to )?pay\b"
    rf"|\b(?:can|could|may|might|would) (?:i|we|you|one|people)(?: (?:also|still|just|only|even|maybe))* (?:pay|settle)(?: (?:up|it|that|this|you|for (?:it|this|that|everything)|(?:the|my|our) (?:bill|tab|check|cheque)))*"
    rf" (?:(?:with|by|in|using|via|on|over|at|through|here|online|later|afterwards|tomorrow|at the end) ?.*|(?:a |the )?{_MEANS}.*)$"
    rf"|\b(?:can|could|may|will|would) (?!i |we |you )(?:{_PAYER}) pay\b"
    rf"|\b(?:do|does|would|will|can|could) (?:you|they|it|we|the (?:bar|house|place)|this (?:bar|place))(?: (?:guys|also|still|even|only))* (?:take|accept|do|support)(?: (?:any|the|a|an|also|only))* (?:{_MEANS}|payments?)(?<!my card)\b"
    rf"|\b(?:is|are) (?:paying |payment )?(?:by |with |in |a |the )*{_MEANS}(?: payments?)? (?:okay|fine|accepted|possible|all right|alright|good|welcome|taken|an option|allowed|cool)\b"
    rf"|\b(?:is|are) (?:it|this|you|that|the bar) (?:a )?{_MEANS} only\b|\b{_MEANS} or (?:by |with |in )?{_MEANS}\b|^(?:is it |are you )?(?:{_MEANS}) only$"
    r"|\b(?:what|which) (?:(?:kinds?|sorts?|types?|forms?|means) of |credit |debit |other )*(?:cards?|payments?|payment (?:methods?|options?)|methods? of payment|currenc(?:y|ies))\b"
    r"|\b(?:ways?|possible|options?|necessary|required) (?:to|of|for) pay(?:ing)?\b"
    rf"|\bcan (?:i|we) (?:use|swipe|insert|tap)(?: (?:a|an|the))*(?: {_MEANS})?$"
    r"|(?<!how much )(?<!what )\b(?:do|must|should|shall|will|would) (?:i|we)(?: (?:have|need|got) to)? pay\b|(?<!how much )\bhave (?:i|we) (?:got )?to pay\b"
    r"|\b(?:if|whether|how|where|when) (?:i|we|one) (?:can |could |may |should |must |have to |need to |ought to )?pay\b"
)
BILL = re.compile(
    r"\b(?:what is the (?:damage|total|tab|bill|running total|score|tally|sum|tab at|bill at|tab looking like)|(?:what|how much) (?:do|does|did|am|is|are|will|would|have|was) (?:i|we|it|that|this|my tab|our tab|my bill|the tab|the bill|my total|everything|all that|all of that|all of it|all this|the damage|my order|the total|the lot|mine|ours)(?: (?:owe|owing|come to|comes to|run|spent|cost|costs|so far|altogether|in total|looking like|be|at|now|add up to|total|pay|up to|for everything|all together|spend|due))*|"
    r"what (?:i|we) owe|how much (?:so far|in total|altogether|all together|now|for (?:everything|all|all that|the lot|that|it all))|what have (?:i|we) (?:spent|got|run up|racked up)|where (?:am|are|is) (?:i|we|my tab) (?:at|on my tab|on the tab|with my tab|standing)|how is my tab|(?:my|the|our|current|running) (?:total|tab|bill)(?: (?:so far|please|now|at|looking))*$|"
    r"what does (?:that|it|this|my tab|the tab|everything|my bill|all (?:that|of that)) (?:come to|cost|make|total|add up to|set me back|run me|look like)|what is (?:my|our) (?:total|tab|bill|damage|balance due|tally)|what am i (?:at|up to|looking at)|what (?:will|would) (?:that|it|this) (?:come to|cost me|be|set me back)|^(?:the )?total(?: please)?$|^(?:show me |check |read me )?(?:my|the) (?:tab|total)$|read (?:me )?(?:back )?(?:my|the) (?:tab|order|bill)(?: back)?|what the damage|the damage$|what i owe you|how much is (?:it|that|this|my|the tab|the bill|everything|all)|how much (?:money )?have (?:i|we) spent|show me (?:my|the) (?:tab|bill|total)|see (?:my|the) tab|what (?:is|are) (?:the )?damages?|tot up|what is it all come to|what is that (?:come to|so far|all together|altogether|in total)|what is that$|summari[sz]e)\b"
)
ORDER_QUESTION = re.compile(
    r"\b(?:what (?:have (?:i|we)|did (?:i|we)|do (?:i|we)) (?:got |have |order(?:ed)?|had|drunk|so far)|what is (?:on|in) (?:my|our|the) (?:tab|order|bill)|what (?:is|was) my order|read (?:that|it|my order|the order) back|repeat (?:my|the) order (?:back|to me)|what did i (?:have|order|get|say)|what do i have|what have i (?:had|got|ordered)|my order so far|what have you got (?:down )?for me|do you have my order|did you get (?:that|it|all that|my order)|is that everything|my order$|how many .{0,30}(?:have i|did i|do i have|on my tab|so far))\b"
)
BALANCE = re.compile(
    r"\b(?:balance|(?:how much|what) (?:money |cash |credit |play money )?(?:do|have) i (?:have |got )?(?:left|remaining)|play money|how much (?:money|cash|credit) (?:do i have|have i got|is left|left)|money left|left to spend|can i afford|budget left|how broke)\b"
)
TIP_QUESTION = re.compile(r"\b(?:tip|tips|tipping|gratuity)\b")
SPLIT = re.compile(
    r"\b(?:split|splitting|divide|dividing|share|sharing)\b.{0,20}\b(?:bill|check|cheque|tab|cost)\b"
    r"|\b(?:one|a|own) (?:bill|check|cheque|tab) (?:each|apiece|per person|for each)\b"
    r"|\b(?:separate|different) (?:bills|checks|cheques|tabs)\b|\bpay (?:for )?(?:it |this )?(?:separately|our own|(?:each )?(?:our|my|your|their) own share)\b|\bgo(?:ing)? dutch\b"
)
PAYMENT_STATUS_QUESTION = re.compile(
    r"\b(?:did (?:it|the payment|my payment|that) (?:go through|work|clear)|is (?:it|my tab|the tab|the bill) paid|have i paid|did i pay|payment (?:status|go through|done|work)|am i (?:paid|settled|all paid|square|good to go)|are we (?:square|settled|good|even)|has (?:it|the payment) gone through|i (?:have )?paid|i have got paid|just paid)\b"
)
NOT_YET = re.compile(
    r"^(?:no |oh |actually |wait |sorry |hang on |hold on |okay )*(?:not yet|not just yet|keep (?:it|my tab|the tab|that|us) open|leave (?:it|my tab|the tab|that) open|we are not (?:done|finished|leaving)|i am not (?:done|finished|leaving)|do not close(?: it| the tab| my tab| me out| us out)*(?: yet)?|(?:re ?open|open) (?:it|the tab|my tab)(?: again| back up)?|let us (?:stay|wait|keep going|have more)|one moment|staying (?:a bit|a while|longer)|i (?:will|want to|am going to) (?:stay|keep (?:going|drinking)|wait)(?: .*)?|we (?:will|want to|are going to) (?:stay|keep (?:going|drinking))(?: .*)?|not ready(?: to pay| yet)*|i am not ready(?: to pay| yet)*|cancel (?:the )?(?:payment|bill|check|paying|checkout)|changed? my mind(?: about paying)?|i have got changed my mind|hold off(?: on .*)?|not yet.*)\b"
)
SEND = re.compile(
    r"^(?:okay |ok |yes |yep |no |nope |nah |well |thanks |great |perfect |alright |right |good |i think |and |so |please |then |now |, )*(?:(?:that is|that will be|that would be|that is all|that ought to be|that should be) (?:all|it|everything|the lot|me|us|enough|me done|us done)(?: for now| for me| for us| then| thanks| thank you| please| today| tonight| folks| from me| from us)*|that will do(?: .*)?|nothing else(?: .*)?|no more(?: for now| for me)?|nothing more|i am good|we are good|all good|i am all set|we are all set|all set|all done(?: ordering)?|i am done ordering|"
    r"(?:please )?(?:send|fire|place|put|submit|confirm|ring|punch|shoot) (?:it|that|them|the order|my order|our order|the lot|everything|those|this|the round|in)(?: (?:in|through|over|off|to the bar|up|on|now|please|away|out))*|place (?:the |my |our )?order|order (?:it|that|them|now|up|complete|away)|go ahead(?: and (?:make|send|place|pour|start) .*)?|start (?:making|pouring|mixing|on) .*|get (?:it|that|them|those) (?:going|started|made|in)|fire away|let us go|let her rip|make it so|make (?:it|them|those)(?: please| now| happen)?|bring (?:it|them)(?: on| over)?|pour (?:it|them|away)|looks (?:good|right|great)|sounds right|that is (?:right|correct)|ready(?: when you are)?)(?: (?:please|thanks|thank you|for now|maya|mate|cheers|now|then))*$"
)
YES = re.compile(
    r"^(?:oh |okay |well |um |uh |hmm |ah |haha |, )*(?:yes|yeah|yep|yup|ya|yea|sure|sure thing|of course|absolutely|definitely|certainly|okay|alright|please do|please|go on then|go on|why not|do it|sounds good|sounds great|sounds lovely|perfect|great|deal|you bet|by all means|indeed|aye|right|fine|correct|exactly|lovely|let us do it|i will take it|go for it|totally|naturally|obviously|affirmative|si|oui|ja|hell yes|hell yeah|yes please|true|twist my arm|i would love (?:that|one|it|to)|i would like (?:that|one|it)|love (?:one|to)|that would be (?:great|nice|lovely|good|perfect|wonderful)|with pleasure|gladly)(?: (?:yes|please|thanks|thank you|sure|maya|then|do|i would|i will|that would be (?:great|nice|lovely|good|perfect)|sounds good|great|okay|add it|do that|go ahead|one|i would love (?:that|one)|add (?:one|that|it)|that one|mate|let us|love|of course|absolutely|and thanks|,|i will (?:have|take) (?:it|one|that)))*$"
)
NO = re.compile(
    r"^(?:please |oh |okay |well |um |uh |hmm |haha |, )*(?:no|nope|nah|not really|no thanks|no thank you|not for me|not today|not tonight|not now|pass|i will pass|i am good|i am fine|i am okay|no way|rather not|better not|never mind|forget it|leave it|skip it|nothing|nothing for me|not this time|maybe not|maybe later|another time|do not bother|no need|hard pass|stop(?: it| that| there)?)(?: (?:thanks|thank you|please|maya|mate|not today|not now|i am good|i am fine|i am okay|maybe later|for now|then|just looking|just browsing|not tonight|just yet|right now|that is all|really|too (?:strong|sweet|much|expensive)|,))*$"
)


def is_prank(segment: Segment) -> bool:
    texts = (FREE_OF_PHRASE.sub(" ", segment.shape), FREE_OF_PHRASE.sub(" ", segment.text))
    return any(PRANK.search(text) for text in texts)


_TAB_RULES: tuple[tuple[str, re.Pattern[str], bool], ...] = (
    ("not_yet", NOT_YET, True),
    ("split", SPLIT, False),
    ("balance", BALANCE, False),
    ("how-to-pay", HOW_TO_PAY, False),
    ("pay", PAY, False),
    ("order?", ORDER_QUESTION, False),
    ("bill", BILL, True),
    ("tip?", TIP_QUESTION, True),
    ("send", SEND, True),
)


def parse_tab_intent(segment: Segment) -> Intent | None:
    """Intents about the tab as a whole. For some (the True ones) a drink in the segment speaks against them."""
    plain = segment.text.replace(" ,", "")
    asks = segment.has_question_mark or plain.startswith(("i ", "just", "did", "is", "has", "am", "have"))
    if asks and PAYMENT_STATUS_QUESTION.search(plain):
        return SimpleIntent("paid?")
    drinks = segment.has_kind(ITEM, OFF)
    kinds = [kind for kind, rule, alone in _TAB_RULES if not (alone and drinks) and rule.search(plain)]
    if "pay" in kinds and (
        NOT_PAY.search(plain) or segment.speech_act in (SpeechAct.STORY, SpeechAct.DEFERRED)
    ):
        kinds.remove("pay")
    if "how-to-pay" in kinds and segment.speech_act in (SpeechAct.STORY, SpeechAct.NEGATION):
        kinds.remove("how-to-pay")
    if "split" in kinds and segment.speech_act in (SpeechAct.STORY, SpeechAct.DEFERRED):
        kinds.remove("split")
    if "send" in kinds and segment.has_kind(NUM, ANY):
        kinds.remove("send")
    return SimpleIntent(kinds[0]) if kinds else None


def parse_yes_no(segment: Segment) -> Intent | None:
    """A plain yes or no."""
    if segment.has_kind(ITEM, OFF, ANY, NUM) or segment.has_question_mark:
        return None
    plain = segment.text.replace(" ,", "")
    if YES.search(plain):
        return SimpleIntent("yes")
    return SimpleIntent("no") if NO.search(plain) else None


_REFUSAL = re.compile(
    r"\b(?:do|does|did|will|would|can|should) not (?:want|need|like|add|send|order|bring|make|pour|give|charge|do)\b"
    r"|\b(?:rather not|not (?:that|it|now|yet)|no (?:more|thanks|thank you)|never mind|stop|cancel)\b|^(?:please )?no\b"
)
_AGREEMENT = re.compile(r"\b(?:why not|not say no|no (?:problem|worries|rush|hurry|doubt))\b")


def refusal_of_question(parts: Sequence[Segment], pending_question: dict[str, Any]) -> list[Intent]:
    """ "Actually nothing", after "Which beer?", where nothing else was read in it."""
    refuses = pending_question and any(part.speech_act is SpeechAct.NEGATION for part in parts)
    return [SimpleIntent("no")] if refuses else []


def is_refusal(segment: Segment) -> bool:
    """Says no to something: what else is said in the same breath is then no yes. "No ice" is none."""
    plain = segment.text.replace(" ,", "")
    return (
        not segment.has_kind(MOD) and _AGREEMENT.search(plain) is None and _REFUSAL.search(plain) is not None
    )


_EMPHATIC_YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|ya|yea|sure|of course|absolutely|definitely|certainly|please do|do it|go on|go for it|why not|"
    r"i will take it|add (?:it|that|one)|you bet|by all means|affirmative|si|oui|ja|i would (?:love|like)|with pleasure|gladly|twist my arm)\b"
)


def is_emphatic_yes(segment: Segment) -> bool:
    """ "Yes", "sure", "go on then"; not "great" or "okay", which only say that the guest has heard."""
    return parse_yes_no(segment) == SimpleIntent("yes") and _EMPHATIC_YES.search(segment.text) is not None
