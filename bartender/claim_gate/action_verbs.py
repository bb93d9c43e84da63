"""Verbs that claim an action, grouped by the claim, and patterns for what they act on.

Only forms that say that something happened or is happening ("added", "adding") are listed, no base forms.
"""

from __future__ import annotations

import re

from bartender.facts import Claim

_VERBS_BY_KIND = {
    Claim.ORDER: "added adding put putting rung rang ringing punched punching logged logging booked chalked "
    "tacked tacking "
    "ordered ordering placed placing keyed jotted entered entering scribbled recorded registered popped "
    "popping "
    "slid stuck slapped thrown threw tossed tallied queued inputted typed billed charged itemized itemised "
    "confirmed snuck sneaked piled plonked whacked bunged appended inserted supplied ready'd hooked",
    Claim.POUR: "poured pouring made making mixed mixing shaken shook shaking stirred stirring built "
    "building prepared "
    "preparing prepping prepped fixed fixing whipped whipping started starting served serving handed "
    "handing delivered "
    "delivering grabbed grabbing fetched fetching brought bringing gotten getting lined knocked garnished "
    "garnishing "
    "muddled muddling strained straining topped topping chilled chilling crafted crafting begun dropping "
    "working "
    "cooking readied readying sorted sorting arranged completed landed arrived crafted dispatched "
    "dispatching fulfilled",
    Claim.SENT: "fired firing sent sending submitted submitting forwarded relayed passed shouted pushed "
    "transmitted issued",
    Claim.REMOVED: "removed removing taken took taking deleted deleting struck striking scratched scratching "
    "voided voiding "
    "dropped stripped erased erasing cancelled canceled cancelling canceling pulled pulling crossed wiped "
    "wiping cleared "
    "clearing emptied undone undid reversed scrapped nixed axed ditched subtracted withdrawn withdrew gone "
    "vanished "
    "eliminated scrubbed discarded purged yanked rescinded revoked killed lifted left-off",
    Claim.CHANGED: "changed changing swapped swapping switched switching replaced replacing updated updating "
    "modified modifying "
    "adjusted adjusting upgraded upgrading corrected correcting amended amending converted converting "
    "turned bumped "
    "doubled doubling edited exchanged revised traded altered fixed-up merged split moved transferred",
    Claim.COMPED: "comped comping waived waiving discounted discounting shaved reduced lowered slashed "
    "halved deducted gifted treated forgave forgiven credited crediting redeemed refrained absorbed applied "
    "applying",
    Claim.TIP: "tipped",
    Claim.PAID: "paid paying settled settling processed processing closed closing cashed finalized finalised "
    "squared "
    "collected received captured approved authorized authorised cleared-payment posted debited swiped "
    "tapped accepted "
    "wrapped ran run running covered concluded",
    Claim.LINK: "generated emailed e-mailed texted printed printing",
    Claim.REFUND: "refunded refunding reimbursed reimbursing returned returning repaid",
    Claim.STAFF: "called notified alerted informed told asked reserved messaged reported phoned rung-up "
    "pinged paged hailed summoned flagged",
}
KIND_BY_VERB = {verb: kind for kind, verbs in _VERBS_BY_KIND.items() for verb in verbs.split()}
VERB = re.compile(r"(?<![a-z'-])(?:" + "|".join(sorted(KIND_BY_VERB, key=len, reverse=True)) + r")(?![a-z'])")

# What a verb must act on to be a claim about this guest's evening.
TIP = re.compile(r"\b(?:tips?|gratuity)\b")
LINK = re.compile(r"\b(?:link|receipt|invoice|url|qr)\b")
PAYMENT = re.compile(r"\b(?:payments?|card|transaction|money|cash|wire|funds)\b")
BILL = re.compile(r"\b(?:tab|bill|check|balance|account|invoice)\b")
GIFT = re.compile(
    r"\b(?:discount\w*|comp|coupon|voucher|promo\w*|happy hour|deal|credit|off the (?:total|price|bill)"
    r"|fees?|surcharge|charges?)\b"
)
REFUND = re.compile(r"\b(?:refund|money back|reimbursement|chargeback|cash ?back)\b")
STAFF = re.compile(
    r"\b(?:cab|taxi|uber|lyft|ride|car|manager|staff|kitchen|bouncer|security|chef|owner|table|barback"
    r"|police|colleague|boss|driver|doctor|ambulance|host|waiter|server|someone|barman|bar)\b"
)
ORDER = re.compile(
    r"\b(?:tab|order(?:s)?|bill|drinks?|rounds?|items?|glass(?:es)?|pints?|shots?|cocktails?|beers?|ticket"
    r"|request|dozen|list|check|slate|everything|lot|cart|basket)\b"
)
PRONOUN = re.compile(
    r"\b(?:it|that|them|those|these|this|both|all|1|2|3|4|5|6|7|8|9|10|11|12|more|another|same|extra|yours"
    r"|something|double)\b"
)
GUEST_PRONOUN = re.compile(r"\b(?:you|your|yours)\b")
MAYA_SUBJECT = re.compile(
    r"\b(?:i|we|maya|the (?:bar|house|barman|bartender|staff|team|kitchen|system|till|boys|guys"
    r"|crew)(?= (?:has|have|is|are|just|already|will|made|added|poured|took|sent|put))|my (?:colleague"
    r"|team|barman|hands?)|yours truly)\b"
)
THIRD_PARTY = re.compile(
    r"\b(?:he|she|they|who|someone|somebody|people|guests?|folks|sailors?|poets?|everyone|nobody|man|woman"
    r"|bartenders?|friend|father|mother|grandfather|grandmother|king|bar in|others)\b"
)
