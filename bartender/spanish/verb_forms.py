"""What no list of phrases can say: verbs with their pronouns, and words that stand in another order."""

from __future__ import annotations

import re

_GIVE = (
    r"(?:pon|ponga|pongan|trae|traiga|traigan|da|de|sirve|sirva|prepara|prepare|haz|haga|pasa|pase|echa|eche|"
    r"consigue)"
)
_GIVES = r"(?:pones|pone|ponen|traes|trae|traen|das|da|sirves|sirve|preparas|prepara|haces|hace|echas|pasas)"
_TO_GIVE = r"(?:poner|traer|dar|servir|preparar|hacer|pasar|echar)"
_CAN = r"(?:puedes|puede|pueden|podrias|podria|podrian|podeis|podriais)"
_ADD = r"(?:anade|anada|agrega|agregue|apunta|apunte|anota|anote|suma|sume|mete|pon|ponga)"
_SPANISH_NUMBER = (
    r"(?:\d+|un|una|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieciseis|"
    r"veinte|veinticinco|treinta|cuarenta|cincuenta|cien|mil)"
)
_ENGLISH_NUMBER = (
    r"(?:\d+|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"twenty)"
)
_WORDS = r"(?:[a-z]+ ){0,2}?[a-z]+"


def _compile_rewrites(rows: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), english) for pattern, english in rows)


# On the Spanish words, before the phrases.
SPANISH_REWRITES = _compile_rewrites(
    (
        (r"^\s*si\s*(?=[,.!;]|$)", "yes "),
        (r"^\s*si (?=por favor|claro|adelante|gracias|quiero|ponme|dame)", "yes "),
        (r"\bsi\b(?! ,)", "if"),
        (
            r"\bpor que (?:hay|tengo|esta|estan|aparecen?|salen?)\b"
            r"(?=.* en (?:mi|la|nuestra|esta) (?:cuenta|nota|factura))",
            "why is there",
        ),
        (r"\bpor que (?:me|nos) (?:cobra[sn]?|cobrais|(?:has|ha|han|habeis) cobrado)\b", "why charge me for"),
        (r"\bquien (?:ha |han )?(?:pidio|pedido|puso|puesto|apunto|apuntado)\b", "who ordered"),
        (r"\bcuando (?:pedi|pedimos|(?:he|hemos) pedido)\b", "when did i order"),
        (
            r"\b(treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa) y "
            r"(?=(?:uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)\b)",
            r"\1 ",
        ),
        # the share of a bill needs no "per cent": "propina del 20"
        (rf"\bpropina del? ?(?:un )?({_SPANISH_NUMBER})(?: ?%| por ?ciento)", r"\1 percent propina"),
        (rf"\bpropina del ({_SPANISH_NUMBER})\b(?! ?(?:\$|dolar|pavos))", r"\1 percent propina"),
        (rf"\b(?:el|un) ({_SPANISH_NUMBER})(?: ?%| por ?ciento) (?:de )?propina", r"\1 percent propina"),
        (rf"\b(?:el|un) ({_SPANISH_NUMBER})(?: ?%| por ?ciento)", r"\1 percent"),
        (rf"\b({_SPANISH_NUMBER}) ?(?:%|por ?ciento) (?:de )?propina", r"\1 percent propina"),
        (rf"\b(?:el|un) ({_SPANISH_NUMBER}) de propina(?! ?(?:dolar))", r"\1 percent propina"),
        (rf"\b({_SPANISH_NUMBER}|\$ ?\d+)( dolares| dolar| pavos)? (?:de|como) propina", r"propina de \1\2"),
        (r"\bpropina de \$ ?(\d+)", r"propina de \1 dolares"),
        (rf"\bpor que no (?:me|nos) {_GIVES}\b", "can i have"),
        # "no me pongas": before the same verb is read as a wish
        (rf"\bno (me|nos) (?:{_GIVE}s?|{_GIVES}|pongas|traigas|sirvas)\b", r"no quiero"),
        (rf"\bno {_CAN} (?:{_TO_GIVE})", "no quiero"),
        (rf"\b(?:me|nos) {_CAN} {_TO_GIVE}(?: tambien)?\b", "can i have"),
        (rf"\b{_CAN} {_TO_GIVE}(?:me|nos)\b", "can i have"),
        (rf"\b(?:me|nos) {_GIVES}(?! (?:la cuenta|la nota|el recibo))\b", "can i have"),
        (rf"\b(?:me|nos) {_GIVES}(?= (?:la cuenta|la nota))", "can you bring me"),
        (rf"\b{_GIVE}me(?= (?:la cuenta|la nota))", "bring me"),
        (rf"\b{_GIVE}(?:me|nos)l[oa](?= (?:con|sin|en|sol|dobl|sec|suc|agit|remov))", "make it"),
        (rf"\b{_GIVE}(?:me|nos)l[oa]s(?= (?:con|sin|en|sol|dobl|sec|suc|agit|remov))", "make them"),
        (rf"\b{_GIVE}me\b", "give me"),
        (rf"\b{_GIVE}nos\b", "give us"),
        (
            rf"\b{_ADD}(?:me|nos|le)?(?= (?:otr|tambien|a la cuenta|{_SPANISH_NUMBER}\b|el \d|la propina))",
            "add",
        ),
        (r"\b(?:anade|anada|anademe|agrega|agregue|agregame|apunta|apuntame|anota|sumale)\b", "add"),
        (r"\bquiero que (?:me |nos )?quites\b", "quita"),
        (r"\bquiero que (?:me |nos )?(?:pongas|traigas|sirvas|des|prepares)\b", "give me"),
        (rf"\bque sean? ({_SPANISH_NUMBER})\b", r"make it \1"),
        (rf"\b({_SPANISH_NUMBER}) mas de (?:lo mismo|esos|esas|eso)\b", r"\1 more of those"),
        (rf"\b({_SPANISH_NUMBER}) ((?!mas\b){_WORDS}) mas\b", r"\1 more \2"),
        (rf"\botr[oa]s ({_SPANISH_NUMBER})\b", r"\1 more"),
        (
            r"\b(whisk(?:e?y|ies)|guisqui|ron|rum|vodka|tequila|brandy|ginebra|gin|conac|bourbon)s? "
            r"sol[oa]s?\b",
            r"\1 neat",
        ),
        (r"\bsin (?:el|la|los|las) ", "without the "),
        (
            r"\b(?:cambia|cambiame|cambie|sustituye|cambias|cambiar)(.{1,40}?) por (?=[a-z0-9])",
            r"cambia\1 for ",
        ),
        (r"\bes (?:muy )?fuerte\b", "es fuerte"),
        (
            r"\b(?:tiene|lleva|llevan|tienen|contiene) "
            r"(gluten|huevos?|leche|frutos secos|lactosa|soja|alcohol|azucar)\b",
            r"contains \1",
        ),
        (r"\bcuanto cuestan?\b|\bcuanto valen?\b|\ba como (?:esta|es)\b", "how much is"),
        (r"\bse pued[oe]\b", "can i"),
    )
)
# On the English that came of it: what stands otherwise in English.
ENGLISH_REWRITES = _compile_rewrites(
    (
        (r"\byes , ,", "yes ,"),
        (
            r"\bthe (first|second|third|last) one (?=[a-z])"
            r"(?!of|on|is|please|then|with|and|no|dry|neat|double|make|for)",
            r"the \1 ",
        ),
        (rf"\bi have ({_ENGLISH_NUMBER}|\d+) years old", r"i am \1 years old"),
        (r"\bpropina\b", "tip"),
        (rf"\btip of the ({_ENGLISH_NUMBER}|\d+)\b", r"\1 percent tip"),
        (r"\bwhat does mean ((?:[a-z]+ ?){1,4})", r"what does \1 mean"),
        (r"\bwhat is (?:it )?made of (?:the |a )?", "what is in the "),
        (r"\bhow is made (?:the |a )?", "how is made the "),
        (r"\bdoes contain\b", "contains"),
        (r"\bwhat do you have(?= ?[?.!]|$)", "what is on the menu"),
        (r"\b(and|or) to the (?=[a-z]+(?:$| ?[,.!?]| and\b| or\b))", r"\1 "),
        (r"\b(how much is|what is in)(?= ?[?.!]|$)", r"\1 it"),
        (r"\band another (?=on the rocks|neat|no ice|dry|double|dirty|shaken|stirred)", "and one "),
        (r"\bno longer i want\b", "i no longer want"),
        (r"\bno (?:i )?(?:wants?|would like|needs?|will have)\b", "do not want"),
        (r"\bthe the\b", "the"),
        (r"\biced tea helado\b", "iced tea"),
        (r"\bto the tab of (?:the )?table (\d+|\w+)", r"to the tab of table \1"),
        (r"\s+([,.!?;])", r"\1"),
    )
)
